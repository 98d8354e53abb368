/// Counters, durations and the text that they are read as.
///
/// Tests: `MetricsPortTest` is in `process/agentd`, for it serves the metrics of a whole agent.
@NullMarked
package dev.mvm.metrics;

import org.jspecify.annotations.NullMarked;
