/// The Fleet service without a transport: one class for each resource, and the list of calls that both ports offer.
@NullMarked
package dev.mvm.coordinator.api;

import org.jspecify.annotations.NullMarked;
