package dev.mvm.agentd.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.property.Property;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class BackoffTest {
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

    @Test
    void pauses_doubleUpToFiveMinutes_withAQuarterOfJitter() {
        Property.holds(200, draw -> {
            var backoff = new Backoff<String>(new Random(draw.between(0, 1 << 20)), Duration.ofMinutes(5));
            long base = 1000;
            for (int failures = 1; failures <= 12; failures++) {
                backoff.failed("a", NOW);
                var until = backoff.next(NOW).orElseThrow();
                assertThat(Duration.between(NOW, until).toMillis()).isBetween(base, base + base / 4);
                assertThat(backoff.ready("a", until.minusMillis(1))).isFalse();
                assertThat(backoff.ready("a", until)).isTrue();
                base = Math.min(base * 2, 300_000);
            }
        });
    }

    @Test
    void startsThatDoNotLast_takeLongerEachTime_andOneThatDidBeginsAnew() {
        var backoff = new Backoff<String>(new Random(1), Duration.ofMinutes(5));
        var now = NOW;
        var shortest = Duration.ZERO;
        for (int start = 0; start < 6; start++) {
            backoff.attempted("a", now);
            var until = backoff.next(now).orElseThrow();
            assertThat(Duration.between(now, until)).isGreaterThan(shortest);
            shortest = Duration.between(now, until);
            now = until;
        }
        now = now.plus(Duration.ofMinutes(6));
        backoff.attempted("a", now);
        assertThat(Duration.between(now, backoff.next(now).orElseThrow())).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void success_forgets_andOthersAreNotTouched() {
        var backoff = new Backoff<String>(new Random(1), Duration.ofMinutes(5));
        backoff.failed("a", NOW);
        assertThat(backoff.ready("b", NOW)).isTrue();
        backoff.worked("a");
        assertThat(backoff.ready("a", NOW)).isTrue();
        assertThat(backoff.next(NOW)).isEmpty();
    }
}
