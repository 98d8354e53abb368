package dev.mvm.coordinator.authz;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/// A token bucket for each caller: 10 calls a second, 20 at once. Thread-safe.
public final class RateLimit {
    private static final double PER_SECOND = 10;
    private static final double BURST = 20;

    /// Names come from certificates, so there are few; this bounds them all the same.
    private static final int MAX_CALLERS = 4096;

    private final InstantSource clock;
    private final Map<String, Bucket> buckets = new HashMap<>();

    private record Bucket(double tokens, Instant at) {
        Bucket refilled(Instant now) {
            double seconds = Math.max(0, Duration.between(at, now).toNanos() / 1e9);
            return new Bucket(Math.min(BURST, tokens + seconds * PER_SECOND), now);
        }

        boolean full(Instant now) {
            return refilled(now).tokens() >= BURST;
        }
    }

    public RateLimit(InstantSource clock) {
        this.clock = clock;
    }

    /// Counts one call of a caller.
    ///
    /// @throws ProblemException `rate_limited`
    public synchronized void take(String caller) throws ProblemException {
        var now = clock.instant();
        if (buckets.size() >= MAX_CALLERS) {
            buckets.values().removeIf(bucket -> bucket.full(now));
        }
        var bucket = buckets.getOrDefault(caller, new Bucket(BURST, now)).refilled(now);
        if (bucket.tokens() < 1 || (buckets.size() >= MAX_CALLERS && !buckets.containsKey(caller))) {
            throw new ProblemException(
                    Fault.LIMITED,
                    "rate_limited",
                    "at most " + (int) PER_SECOND + " calls a second; try again in a second");
        }
        buckets.put(caller, new Bucket(bucket.tokens() - 1, now));
    }
}
