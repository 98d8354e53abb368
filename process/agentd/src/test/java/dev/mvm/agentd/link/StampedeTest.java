package dev.mvm.agentd.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.execute.Backoff;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A coordinator goes away under a thousand agents, and comes back.
final class StampedeTest {
    private static final int AGENTS = 1000;
    private static final int MOST_IN_A_SECOND = 400;
    private static final Instant LOST = Instant.parse("2026-06-01T12:00:00Z");

    /// The moment at which an agent that tries like [CoordinatorLink] has a connection again.
    private static Instant back(long seed, Instant there) {
        var backoff = Backoff.<String>ofOneOfMany(new Random(seed), Duration.ofSeconds(30));
        var now = LOST;
        do {
            backoff.failed("coordinator", now);
            now = backoff.next(now).orElseThrow();
        } while (now.isBefore(there));
        return now;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 5, 20, 60, 600, 86_400, 3 * 86_400})
    void noSecondHasTooMany_andAllAreBackSoon(int awaySeconds) {
        var there = LOST.plusSeconds(awaySeconds);
        var moments = new TreeMap<Instant, Integer>();
        for (int agent = 0; agent < AGENTS; agent++) {
            moments.merge(back(agent, there), 1, Integer::sum);
        }
        for (var from : moments.keySet()) {
            int second = moments.subMap(from, true, from.plusSeconds(1), false).values().stream()
                    .mapToInt(Integer::intValue)
                    .sum();
            assertThat(second).as("from %s on", from).isLessThanOrEqualTo(MOST_IN_A_SECOND);
        }
        assertThat(moments.lastKey()).isBefore(there.plusSeconds(46));
    }
}
