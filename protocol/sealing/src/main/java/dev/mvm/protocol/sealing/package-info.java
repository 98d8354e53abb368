/// Requests to a sealer and its replies as types, with their text. `docs/protocol/sealing.md` is the same in prose.
@NullMarked
package dev.mvm.protocol.sealing;

import org.jspecify.annotations.NullMarked;
