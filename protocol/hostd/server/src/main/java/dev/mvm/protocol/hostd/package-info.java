/// The privileged interface as closed types, with their byte form. `docs/protocol/hostd.md` is the same in prose.
///
/// More tests: in `protocol/hostd/client`, because they need both halves.
@NullMarked
package dev.mvm.protocol.hostd;

import org.jspecify.annotations.NullMarked;
