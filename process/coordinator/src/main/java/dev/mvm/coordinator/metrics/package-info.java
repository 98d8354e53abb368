/// The names of all metrics, and the counts of calls and connections.
@NullMarked
package dev.mvm.coordinator.metrics;

import org.jspecify.annotations.NullMarked;
