/// Reads metrics as Prometheus does, and more strictly.
@NullMarked
package dev.mvm.testkit.metrics;

import org.jspecify.annotations.NullMarked;
