package dev.mvm.metrics;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;

/// Counters of a running process. Thread-safe.
public final class Counters {
    /// Values of labels are words of ours, so there are only so many; should somebody find out how to make one up,
    /// the rest is counted together.
    static final int MOST = 1_000;

    static final String OTHER = "other";

    private final ConcurrentMap<Metric, ConcurrentMap<List<String>, LongAdder>> counts = new ConcurrentHashMap<>();
    private final ConcurrentMap<Metric, ConcurrentMap<List<String>, Histogram>> durations = new ConcurrentHashMap<>();

    /// Counts one more.
    ///
    /// @param labels values in the order of the metric's labels
    public void count(Metric metric, String... labels) {
        var known = counts.computeIfAbsent(metric, _ -> new ConcurrentHashMap<>());
        known.computeIfAbsent(key(known, labels), _ -> new LongAdder()).increment();
    }

    /// Counts one more, and the time that it took.
    public void took(Metric metric, Duration duration, String... labels) {
        var known = durations.computeIfAbsent(metric, _ -> new ConcurrentHashMap<>());
        known.computeIfAbsent(key(known, labels), _ -> new Histogram()).add(duration);
    }

    private static List<String> key(Map<List<String>, ?> known, String... labels) {
        var key = List.of(labels);
        return known.size() < MOST || known.containsKey(key) ? key : Collections.nCopies(labels.length, OTHER);
    }

    /// Counts of one metric, by the values of its labels.
    public Map<List<String>, LongAdder> counts(Metric metric) {
        return counts.getOrDefault(metric, new ConcurrentHashMap<>());
    }

    /// Durations of one metric, likewise.
    public Map<List<String>, Histogram> durations(Metric metric) {
        return durations.getOrDefault(metric, new ConcurrentHashMap<>());
    }
}
