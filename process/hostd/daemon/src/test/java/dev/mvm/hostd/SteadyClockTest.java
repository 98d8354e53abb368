package dev.mvm.hostd;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class SteadyClockTest {
    private Instant clock = Instant.parse("2026-01-01T00:00:00Z");
    private long ticks = -5;
    private final SteadyClock steady = new SteadyClock(() -> clock, () -> ticks);

    private void pass(Duration time) {
        clock = clock.plus(time);
        ticks += time.toNanos();
    }

    @Test
    @Tag("claim-T3")
    void clockThatIsSetBack_goesOnAsBefore() {
        var start = steady.instant();
        assertThat(start).isEqualTo(clock);
        clock = clock.minus(Duration.ofDays(1));
        pass(Duration.ofMinutes(1));
        assertThat(steady.instant()).isEqualTo(start.plus(Duration.ofMinutes(1)));
        pass(Duration.ofDays(2));
        assertThat(steady.instant()).isEqualTo(start.plus(Duration.ofDays(2).plusMinutes(1)));
        clock = clock.plus(Duration.ofDays(9));
        assertThat(steady.instant()).isEqualTo(clock);
    }
}
