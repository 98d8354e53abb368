/// Counters, durations and the text that they are read as.
@NullMarked
package dev.mvm.metrics;

import org.jspecify.annotations.NullMarked;
