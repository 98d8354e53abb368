package dev.mvm.agentd.link;

import dev.mvm.agentd.execute.Backoff;
import java.time.Duration;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/// Pauses between two attempts to reach the coordinator: they grow up to 30 seconds, with the jitter of one of
/// many.
public final class Reconnect {
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final String PEER = "coordinator";

    private final Backoff<String> backoff;
    private final InstantSource clock;

    public Reconnect(RandomGenerator random, InstantSource clock) {
        this.backoff = Backoff.ofOneOfMany(random, LONGEST);
        this.clock = clock;
    }

    /// The coordinator has answered: the next pause is the shortest again.
    void worked() {
        backoff.worked(PEER);
    }

    /// Length of the pause after a stream has ended.
    Duration next() {
        backoff.failed(PEER, clock.instant());
        var now = clock.instant();
        return Duration.between(now, backoff.next(now).orElse(now)).plusMillis(1);
    }
}
