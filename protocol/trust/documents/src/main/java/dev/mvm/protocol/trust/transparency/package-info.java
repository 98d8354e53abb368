/// The log of node states: hashes and proofs of its Merkle tree, and what a receiver of a state demands of it.
///
/// Tests: in `protocol/trust/authoring`, for they write heads and states.
@NullMarked
package dev.mvm.protocol.trust.transparency;

import org.jspecify.annotations.NullMarked;
