package dev.mvm.hostd;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class SteadyClockTest {
    private Instant clock = Instant.parse("2026-01-01T00:00:00Z");
    private long nanos = -5;
    private final InstantSource steady = Daemon.steady(() -> clock, () -> nanos);

    private void pass(Duration time) {
        clock = clock.plus(time);
        nanos += time.toNanos();
    }

    @Test
    @Tag("claim-T3")
    void clockThatIsSetBack_goesOnAsBefore() {
        var start = clock;
        assertThat(steady.instant()).isEqualTo(start);
        clock = clock.minus(Duration.ofDays(1));
        pass(Duration.ofMinutes(1));
        assertThat(steady.instant()).isEqualTo(start.plus(Duration.ofMinutes(1)));
        pass(Duration.ofDays(2));
        assertThat(steady.instant()).isEqualTo(start.plus(Duration.ofDays(2).plusMinutes(1)));
    }

    @Test
    void clockThatIsAhead_isBelieved() {
        clock = clock.plus(Duration.ofDays(9));
        assertThat(steady.instant()).isEqualTo(clock);
    }
}
