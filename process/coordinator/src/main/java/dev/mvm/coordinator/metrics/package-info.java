/// What the coordinator counts, and what it says of its fleet in numbers.
@NullMarked
package dev.mvm.coordinator.metrics;

import org.jspecify.annotations.NullMarked;
