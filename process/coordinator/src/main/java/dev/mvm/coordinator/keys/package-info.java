/// Tenants' keys: wrapped by an authority in the store, and encrypted to the nodes that need them.
@NullMarked
package dev.mvm.coordinator.keys;

import org.jspecify.annotations.NullMarked;
