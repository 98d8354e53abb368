/// The launcher's requests and replies as types, with their text. `docs/protocol/launch.md` is the same in prose.
///
/// More tests: in `native/launch` and `process/hostd/daemon`.
@NullMarked
package dev.mvm.protocol.launch;

import org.jspecify.annotations.NullMarked;
