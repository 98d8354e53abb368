package dev.mvm.protocol.trust.store;

import java.time.InstantSource;
import java.util.function.LongSupplier;

/// Clocks of a node.
///
/// @param wall the time of day, which somebody may set
/// @param uptime seconds since the node booted, which cannot be set: CLOCK_BOOTTIME of clock_gettime(2), or less
public record NodeClocks(InstantSource wall, LongSupplier uptime) {}
