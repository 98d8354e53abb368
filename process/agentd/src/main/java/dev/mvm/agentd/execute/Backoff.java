package dev.mvm.agentd.execute;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Pauses after failures: one second, doubling up to a limit, with a quarter of jitter so that many nodes do not
/// try in step. Thread-safe.
///
/// @param <K> keys that have pauses of their own
public final class Backoff<K> {
    private static final Duration FIRST = Duration.ofSeconds(1);

    private record Pause(Duration length, Instant until) {}

    private final Map<K, Pause> pauses = new HashMap<>();
    private final RandomGenerator random;
    private final Duration longest;
    private final Jitter jitter;

    /// The most that a pause of a given length is prolonged by, in milliseconds.
    @FunctionalInterface
    private interface Jitter {
        long millis(long pause);
    }

    /// @param longest the limit, without jitter
    public Backoff(RandomGenerator random, Duration longest) {
        this(random, longest, pause -> pause / 4);
    }

    private Backoff(RandomGenerator random, Duration longest, Jitter jitter) {
        this.random = random;
        this.longest = longest;
        this.jitter = jitter;
    }

    /// A back-off for one of many processes that lose the same peer at the same moment: with jitter of up to three
    /// times the pause, at most fifteen seconds.
    public static <K> Backoff<K> ofOneOfMany(RandomGenerator random, Duration longest) {
        return new Backoff<>(random, longest, pause -> Math.min(3 * pause, 15_000));
    }

    /// Returns whether `key` may be tried at `now`.
    public synchronized boolean ready(K key, Instant now) {
        var pause = pauses.get(key);
        return pause == null || !now.isBefore(pause.until);
    }

    public synchronized void failed(K key, Instant now) {
        var earlier = pauses.get(key);
        var length = earlier == null ? FIRST : earlier.length.multipliedBy(2);
        if (length.compareTo(longest) > 0) {
            length = longest;
        }
        long more = random.nextLong(jitter.millis(length.toMillis()) + 1);
        pauses.put(key, new Pause(length, now.plus(length).plusMillis(more)));
    }

    /// Notes that `key` was brought up at `now`, which may not last: if it has to be brought up again soon, each
    /// pause is longer than the one before.
    public synchronized void attempted(K key, Instant now) {
        var earlier = pauses.get(key);
        if (earlier != null && now.isAfter(earlier.until.plus(longest))) {
            pauses.remove(key);
        }
        failed(key, now);
    }

    public synchronized void worked(K key) {
        pauses.remove(key);
    }

    /// The next moment after `now` at which a pause ends.
    public synchronized Optional<Instant> next(Instant now) {
        return pauses.values().stream()
                .map(Pause::until)
                .filter(until -> until.isAfter(now))
                .min(Instant::compareTo);
    }
}
