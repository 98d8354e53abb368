/// The log of node states: the hashes and proofs of its Merkle tree, and what a receiver of a state demands of it.
@NullMarked
package dev.mvm.protocol.trust.transparency;

import org.jspecify.annotations.NullMarked;
