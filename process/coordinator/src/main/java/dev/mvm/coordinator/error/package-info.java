/// The failures of requests: one closed list of faults, and problems with a stable reason and one line for a person.
///
/// Tests: `RefusalsTest` is in `dev.mvm.coordinator`, for it calls a whole coordinator.
@NullMarked
package dev.mvm.coordinator.error;

import org.jspecify.annotations.NullMarked;
