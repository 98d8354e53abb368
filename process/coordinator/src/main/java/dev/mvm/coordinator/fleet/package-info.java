/// What a fleet is wanted to be, as values and pure functions: no clock, no input, no output.
@NullMarked
package dev.mvm.coordinator.fleet;

import org.jspecify.annotations.NullMarked;
