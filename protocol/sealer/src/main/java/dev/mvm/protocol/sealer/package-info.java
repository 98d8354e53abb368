/// Requests to a sealer and its replies as types, with their text. `docs/protocol/sealer.md` is the same in prose.
///
/// More tests: in `process/sealer/daemon` and `process/hostd/daemon`.
@NullMarked
package dev.mvm.protocol.sealer;

import org.jspecify.annotations.NullMarked;
