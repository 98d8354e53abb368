/// Programs in guests: their messages, credit and end. Nothing that comes out of a guest is believed.
/// `docs/protocol/guest.md` is the contract in prose.
@NullMarked
package dev.mvm.protocol.guest.exec;

import org.jspecify.annotations.NullMarked;
