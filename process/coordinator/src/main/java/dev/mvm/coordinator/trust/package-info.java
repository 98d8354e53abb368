/// What the coordinator needs of signed documents: grants to stay within, and a signer for node states.
@NullMarked
package dev.mvm.coordinator.trust;

import org.jspecify.annotations.NullMarked;
