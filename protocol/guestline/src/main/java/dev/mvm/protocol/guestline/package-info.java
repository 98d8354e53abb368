/// hostd's half of its conversation with a guestd: requests into packets, reports from them.
/// `docs/protocol/guestline.md` is the same in prose.
@NullMarked
package dev.mvm.protocol.guestline;

import org.jspecify.annotations.NullMarked;
