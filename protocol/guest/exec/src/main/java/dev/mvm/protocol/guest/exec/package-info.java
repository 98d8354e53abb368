/// Programs in guests: their messages, credit and end. No message of a guest is believed.
/// `docs/protocol/guest.md` is the contract in prose.
@NullMarked
package dev.mvm.protocol.guest.exec;

import org.jspecify.annotations.NullMarked;
