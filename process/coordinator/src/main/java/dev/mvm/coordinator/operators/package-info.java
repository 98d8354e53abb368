/// Operators: the role and the tenants of each, in the store, by the name in its certificate.
@NullMarked
package dev.mvm.coordinator.operators;

import org.jspecify.annotations.NullMarked;
