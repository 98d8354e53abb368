package dev.mvm.hostd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/// The system's clock, which goes on as before when it is set back. Time that the machine is suspended while the clock
/// is behind is not counted.
///
/// Thread-safe.
final class SteadyClock implements InstantSource {
    private final InstantSource clock;
    private final LongSupplier ticks;

    @GuardedBy("this")
    private Instant latest = Instant.EPOCH;

    @GuardedBy("this")
    private long at;

    /// @param ticks nanoseconds since any moment, which nobody sets; clock_gettime(2), CLOCK_MONOTONIC
    SteadyClock(InstantSource clock, LongSupplier ticks) {
        this.clock = clock;
        this.ticks = ticks;
        this.at = ticks.getAsLong();
    }

    @Override
    public synchronized Instant instant() {
        long tick = ticks.getAsLong();
        var steady = latest.plusNanos(tick - at);
        var now = clock.instant();
        at = tick;
        latest = now.isAfter(steady) ? now : steady;
        return latest;
    }
}
