/// Signed documents as the coordinator uses them: grants, which limit it, and a signer of node states.
@NullMarked
package dev.mvm.coordinator.trust;

import org.jspecify.annotations.NullMarked;
