/// hostd's half of the protocol between hostd and a guestd: writes requests, reads reports.
/// `docs/protocol/guestd.md` is the same in prose.
///
/// More tests: in `process/guestd`, such as `VmmCommandTest`, and in `process/hostd/daemon`.
@NullMarked
package dev.mvm.protocol.guestd;

import org.jspecify.annotations.NullMarked;
