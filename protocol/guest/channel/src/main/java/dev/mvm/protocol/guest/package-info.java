/// The host's end of the channel to a guest's agent: sessions, programs, flow control. Nothing that comes out of a
/// guest is believed. `docs/protocol/guest.md` is the contract in prose.
///
/// More tests: in `protocol/guest/exec`, for they run programs, too.
@NullMarked
package dev.mvm.protocol.guest;

import org.jspecify.annotations.NullMarked;
