package dev.mvm.agentd.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.InstanceState;
import dev.mvm.property.Property;
import dev.mvm.protocol.hostd.Observation.Hook;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PaceTest {
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

    private static Optional<InstanceState> after(Track track, long seconds) {
        return Pace.rest(Rhythm.USUAL, track, NOW.plusSeconds(seconds));
    }

    @Test
    void idleInstance_isWarmAfterFiveMinutes_andSleepsAfterFifteen() {
        var running = Track.begin(InstanceState.RUNNING, Evidence.Sign.IDLE, NOW);
        assertThat(after(running, 299)).isEmpty();
        assertThat(after(running, 300)).contains(InstanceState.WARM);
        assertThat(after(running, 899)).contains(InstanceState.WARM);
        assertThat(after(running, 900)).contains(InstanceState.SLEEPING);
        var warm = running.seen(InstanceState.WARM, Evidence.Sign.NEITHER, NOW.plusSeconds(300));
        assertThat(after(warm, 899)).isEmpty();
        assertThat(after(warm, 900)).contains(InstanceState.SLEEPING);
        var asleep = warm.seen(InstanceState.SLEEPING, Evidence.Sign.NEITHER, NOW.plusSeconds(900));
        assertThat(after(asleep, 100_000)).isEmpty();
    }

    @Test
    void workResetsTheClock_andWithoutEvidenceNothingRests() {
        var idle = Track.begin(InstanceState.RUNNING, Evidence.Sign.IDLE, NOW);
        for (var sign : List.of(Evidence.Sign.BUSY, Evidence.Sign.NEITHER)) {
            var worked = idle.seen(InstanceState.RUNNING, sign, NOW.plusSeconds(299));
            assertThat(after(worked, 10_000)).isEmpty();
            var again = worked.seen(InstanceState.RUNNING, Evidence.Sign.IDLE, NOW.plusSeconds(400));
            assertThat(after(again, 699)).isEmpty();
            assertThat(after(again, 700)).contains(InstanceState.WARM);
        }
    }

    @Test
    void nothingFlaps_whoWakesRunsForItsTime_whoIsPausedIsWarmForIts() {
        var rhythm = new Rhythm(Duration.ZERO, Duration.ZERO, Duration.ofSeconds(60), Duration.ofSeconds(40));
        var woken = Track.begin(InstanceState.SLEEPING, Evidence.Sign.NEITHER, NOW)
                .seen(InstanceState.RUNNING, Evidence.Sign.IDLE, NOW);
        assertThat(Pace.rest(rhythm, woken, NOW.plusSeconds(59))).isEmpty();
        assertThat(Pace.rest(rhythm, woken, NOW.plusSeconds(60))).contains(InstanceState.SLEEPING);
        var warm = woken.seen(InstanceState.WARM, Evidence.Sign.NEITHER, NOW.plusSeconds(60));
        assertThat(Pace.rest(rhythm, warm, NOW.plusSeconds(99))).isEmpty();
        assertThat(Pace.rest(rhythm, warm, NOW.plusSeconds(100))).contains(InstanceState.SLEEPING);
    }

    @Test
    void nextMoment_isTheOneAtWhichTheAnswerChanges() {
        Property.holds(300, draw -> {
            var warmAfter = Duration.ofSeconds(draw.between(0, 50));
            var rhythm = new Rhythm(
                    warmAfter,
                    warmAfter.plusSeconds(draw.between(0, 50)),
                    Duration.ofSeconds(draw.between(0, 80)),
                    Duration.ofSeconds(draw.between(0, 80)));
            var track = new Track(
                    draw.one(InstanceState.RUNNING, InstanceState.WARM, InstanceState.SLEEPING),
                    NOW,
                    draw.flag() ? Optional.of(NOW.minusSeconds(draw.between(0, 30))) : Optional.empty());
            var now = NOW.plusSeconds(draw.between(0, 100));
            var so = Pace.rest(rhythm, track, now);
            var next = Pace.next(rhythm, track, now);
            var end = next.orElse(now.plusSeconds(1_000));
            assertThat(Pace.rest(rhythm, track, end.minusMillis(1))).isEqualTo(so);
            if (so.equals(Optional.of(InstanceState.SLEEPING))) {
                assertThat(Pace.rest(rhythm, track, end)).isEqualTo(so);
            } else if (next.isPresent()) {
                assertThat(Pace.rest(rhythm, track, end)).isNotEqualTo(so);
            }
        });
    }

    @Test
    void whatTheWorkerSaid_decides_andBusyOutweighs() {
        assertThat(new Evidence.Worker(Hook.IDLE).sign()).isEqualTo(Evidence.Sign.IDLE);
        assertThat(new Evidence.Worker(Hook.BUSY).sign()).isEqualTo(Evidence.Sign.BUSY);
        assertThat(new Evidence.Worker(Hook.READY).sign()).isEqualTo(Evidence.Sign.NEITHER);
        assertThat(new Evidence.Worker(Hook.NONE).sign()).isEqualTo(Evidence.Sign.NEITHER);
        var idle = new Evidence.Worker(Hook.IDLE);
        var busy = new Evidence.Worker(Hook.BUSY);
        assertThat(Evidence.together(List.of(idle, busy))).isEqualTo(Evidence.Sign.BUSY);
        assertThat(Evidence.together(List.of(new Evidence.Worker(Hook.NONE), idle)))
                .isEqualTo(Evidence.Sign.IDLE);
        assertThat(Evidence.together(List.of())).isEqualTo(Evidence.Sign.NEITHER);
    }

    @Test
    void rhythmThatSleepsBeforeItIsWarm_isNone() {
        assertThatThrownBy(() -> new Rhythm(Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ZERO, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
