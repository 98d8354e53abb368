package dev.mvm.coordinator.authz;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/// A token bucket for each caller: 10 calls a second, 20 at once, unless its maker says otherwise. Thread-safe.
public final class RateLimit {
    private static final double PER_SECOND = 10;
    private static final double BURST = 20;

    /// Names come from certificates, so there are few; this bounds them all the same.
    private static final int MAX_CALLERS = 4096;

    private final InstantSource clock;
    private final double perSecond;
    private final double burst;
    private final Map<String, Bucket> buckets = new HashMap<>();

    private record Bucket(double tokens, Instant at) {}

    public RateLimit(InstantSource clock) {
        this(clock, PER_SECOND, BURST);
    }

    /// @param perSecond calls of one caller in the long run
    /// @param burst calls of one caller at once
    public RateLimit(InstantSource clock, double perSecond, double burst) {
        this.clock = clock;
        this.perSecond = perSecond;
        this.burst = burst;
    }

    private Bucket refilled(Bucket bucket, Instant now) {
        double seconds = Math.max(0, Duration.between(bucket.at(), now).toNanos() / 1e9);
        return new Bucket(Math.min(burst, bucket.tokens() + seconds * perSecond), now);
    }

    private boolean full(Bucket bucket, Instant now) {
        return refilled(bucket, now).tokens() >= burst;
    }

    /// Counts one call of a caller.
    ///
    /// @throws ProblemException `rate_limited`
    public synchronized void take(String caller) throws ProblemException {
        var now = clock.instant();
        if (buckets.size() >= MAX_CALLERS) {
            buckets.values().removeIf(bucket -> full(bucket, now));
        }
        var bucket = refilled(buckets.getOrDefault(caller, new Bucket(burst, now)), now);
        if (bucket.tokens() < 1 || (buckets.size() >= MAX_CALLERS && !buckets.containsKey(caller))) {
            throw new ProblemException(
                    Fault.LIMITED,
                    "rate_limited",
                    "at most " + (int) perSecond + " calls a second; try again in a second");
        }
        buckets.put(caller, new Bucket(bucket.tokens() - 1, now));
    }
}
