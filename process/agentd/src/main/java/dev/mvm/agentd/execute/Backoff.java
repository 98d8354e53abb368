package dev.mvm.agentd.execute;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// How long to leave something alone that did not work: one second, doubling up to a limit, with a quarter of jitter so
/// that many nodes do not try in step. Thread-safe.
///
/// @param <K> what is left alone
public final class Backoff<K> {
    private static final Duration FIRST = Duration.ofSeconds(1);

    private record Pause(Duration length, Instant until) {}

    private final Map<K, Pause> pauses = new HashMap<>();
    private final RandomGenerator random;
    private final Duration longest;
    private final Jitter jitter;

    /// How much longer than it has to be a pause can become.
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

    /// That of one of many who lose the same thing at the same moment: with jitter of up to three times the pause, at
    /// most fifteen seconds.
    public static <K> Backoff<K> ofOneOfMany(RandomGenerator random, Duration longest) {
        return new Backoff<>(random, longest, pause -> Math.min(3 * pause, 15_000));
    }

    /// Whether `key` may be tried at `now`.
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

    /// `key` was brought up at `now`. Whether that lasts is not known yet: if it has to be brought up again soon, each
    /// time takes longer than the one before.
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

    /// When the next of those that are left alone at `now` may be tried.
    public synchronized Optional<Instant> next(Instant now) {
        return pauses.values().stream()
                .map(Pause::until)
                .filter(until -> until.isAfter(now))
                .min(Instant::compareTo);
    }
}
