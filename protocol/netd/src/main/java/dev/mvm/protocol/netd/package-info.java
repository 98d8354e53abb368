/// Requests to netd and its replies as types, with their text. `docs/protocol/netd.md` is the same in prose.
///
/// More tests: in `process/netd` and `process/hostd/daemon`.
@NullMarked
package dev.mvm.protocol.netd;

import org.jspecify.annotations.NullMarked;
