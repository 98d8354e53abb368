/// The host's end of the channel to a guest's agent: sessions, programs, flow control. No message of a guest is
/// believed. `docs/protocol/guest.md` is the contract in prose.
///
/// More tests: in `protocol/guest/exec`, because they run programs, too.
@NullMarked
package dev.mvm.protocol.guest;

import org.jspecify.annotations.NullMarked;
