/// The desired state of a fleet. Its values and decisions are pure: no clock, no input, no output.
/// [dev.mvm.coordinator.fleet.FleetStore] and [dev.mvm.coordinator.fleet.TenantChanges] keep them in the store.
@NullMarked
package dev.mvm.coordinator.fleet;

import org.jspecify.annotations.NullMarked;
