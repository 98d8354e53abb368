package dev.mvm.metrics;

import java.time.Duration;

/// Durations, counted by how long they were. Thread-safe.
public final class Histogram {
    /// Upper bounds of the buckets in milliseconds, each included: a wake is a few tens of them, a sleep a few
    /// seconds.
    private static final long[] BOUNDS = {
        5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000
    };

    private static final double MILLIS = 1_000;
    private static final double NANOS = 1_000_000_000;

    private final long[] counts = new long[BOUNDS.length + 1];
    private long nanos;

    /// Receiver of samples.
    public interface Sink {
        /// Number of durations at most as long as a bound.
        ///
        /// @param bound upper bound in seconds, or `+Inf`
        /// @param count how many were at most as long
        void bucket(String bound, long count);

        /// All durations together.
        ///
        /// @param seconds of all together
        void end(double seconds, long count);
    }

    /// Adds a duration.
    public synchronized void add(Duration duration) {
        int bucket = 0;
        while (bucket < BOUNDS.length && duration.compareTo(Duration.ofMillis(BOUNDS[bucket])) > 0) {
            bucket++;
        }
        counts[bucket]++;
        nanos += duration.toNanos();
    }

    /// All there are, to `sink`.
    public synchronized void read(Sink sink) {
        long sum = 0;
        for (int i = 0; i < BOUNDS.length; i++) {
            sum += counts[i];
            sink.bucket(Double.toString(BOUNDS[i] / MILLIS), sum);
        }
        sum += counts[BOUNDS.length];
        sink.bucket("+Inf", sum);
        sink.end(nanos / NANOS, sum);
    }
}
