/// The privileged interface as closed types, with their byte form. `docs/protocol/hostd.md` is the same thing in prose.
///
/// More tests: in `protocol/hostd/client`, for they need both halves.
@NullMarked
package dev.mvm.protocol.hostd;

import org.jspecify.annotations.NullMarked;
