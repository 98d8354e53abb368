/// How a request can fail: one closed list of faults, each with a stable reason and one line for a person.
@NullMarked
package dev.mvm.coordinator.error;

import org.jspecify.annotations.NullMarked;
