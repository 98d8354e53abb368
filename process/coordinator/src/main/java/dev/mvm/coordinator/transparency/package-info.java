/// The append-only log of the states that this fleet's nodes were given, as a Merkle tree in the store:
/// docs/protocol/log.md.
@NullMarked
package dev.mvm.coordinator.transparency;

import org.jspecify.annotations.NullMarked;
