/// hostd's half of its conversation with a guestd: requests into packets, reports from them.
/// `docs/protocol/guestline.md` is the same in prose.
///
/// More tests: in `process/guestd` and `process/hostd/daemon`, which speak it.
@NullMarked
package dev.mvm.protocol.guestd;

import org.jspecify.annotations.NullMarked;
