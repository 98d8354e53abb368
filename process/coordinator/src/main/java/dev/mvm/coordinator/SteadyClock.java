package dev.mvm.coordinator;

import java.time.Instant;
import java.time.InstantSource;

/// A clock that never jumps: it starts with the time of day and then follows the machine's monotonic clock. For
/// everything that measures how long ago something was; dates in documents are for the system's clock.
final class SteadyClock implements InstantSource {
    private final Instant start = Instant.now();
    private final long startNanos = System.nanoTime();

    @Override
    public Instant instant() {
        return start.plusNanos(System.nanoTime() - startNanos);
    }
}
