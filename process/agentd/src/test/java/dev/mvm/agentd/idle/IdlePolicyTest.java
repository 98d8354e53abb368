package dev.mvm.agentd.idle;

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

final class IdlePolicyTest {
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

    private static Optional<InstanceState> after(IdleState state, long seconds) {
        return IdlePolicy.target(IdleTimeouts.USUAL, state, NOW.plusSeconds(seconds));
    }

    @Test
    void idleInstance_isWarmAfterFiveMinutes_andSleepsAfterFifteen() {
        var running = IdleState.begin(InstanceState.RUNNING, IdleSignal.Sign.IDLE, NOW);
        assertThat(after(running, 299)).isEmpty();
        assertThat(after(running, 300)).contains(InstanceState.WARM);
        assertThat(after(running, 899)).contains(InstanceState.WARM);
        assertThat(after(running, 900)).contains(InstanceState.SLEEPING);
        var warm = running.observed(InstanceState.WARM, IdleSignal.Sign.NEITHER, NOW.plusSeconds(300));
        assertThat(after(warm, 899)).isEmpty();
        assertThat(after(warm, 900)).contains(InstanceState.SLEEPING);
        var asleep = warm.observed(InstanceState.SLEEPING, IdleSignal.Sign.NEITHER, NOW.plusSeconds(900));
        assertThat(after(asleep, 100_000)).isEmpty();
    }

    @Test
    void workResetsTheClock_andWithoutEvidenceNothingRests() {
        var idle = IdleState.begin(InstanceState.RUNNING, IdleSignal.Sign.IDLE, NOW);
        for (var sign : List.of(IdleSignal.Sign.BUSY, IdleSignal.Sign.NEITHER)) {
            var worked = idle.observed(InstanceState.RUNNING, sign, NOW.plusSeconds(299));
            assertThat(after(worked, 10_000)).isEmpty();
            var again = worked.observed(InstanceState.RUNNING, IdleSignal.Sign.IDLE, NOW.plusSeconds(400));
            assertThat(after(again, 699)).isEmpty();
            assertThat(after(again, 700)).contains(InstanceState.WARM);
        }
    }

    @Test
    void nothingFlaps_afterWakingItRuns_andAfterPausingItIsWarm_forAsLongAsSet() {
        var timeouts = new IdleTimeouts(Duration.ZERO, Duration.ZERO, Duration.ofSeconds(60), Duration.ofSeconds(40));
        var woken = IdleState.begin(InstanceState.SLEEPING, IdleSignal.Sign.NEITHER, NOW)
                .observed(InstanceState.RUNNING, IdleSignal.Sign.IDLE, NOW);
        assertThat(IdlePolicy.target(timeouts, woken, NOW.plusSeconds(59))).isEmpty();
        assertThat(IdlePolicy.target(timeouts, woken, NOW.plusSeconds(60))).contains(InstanceState.SLEEPING);
        var warm = woken.observed(InstanceState.WARM, IdleSignal.Sign.NEITHER, NOW.plusSeconds(60));
        assertThat(IdlePolicy.target(timeouts, warm, NOW.plusSeconds(99))).isEmpty();
        assertThat(IdlePolicy.target(timeouts, warm, NOW.plusSeconds(100))).contains(InstanceState.SLEEPING);
    }

    @Test
    void nextMoment_isTheOneAtWhichTheAnswerChanges() {
        Property.holds(300, draw -> {
            var warmAfter = Duration.ofSeconds(draw.between(0, 50));
            var timeouts = new IdleTimeouts(
                    warmAfter,
                    warmAfter.plusSeconds(draw.between(0, 50)),
                    Duration.ofSeconds(draw.between(0, 80)),
                    Duration.ofSeconds(draw.between(0, 80)));
            var state = new IdleState(
                    draw.one(InstanceState.RUNNING, InstanceState.WARM, InstanceState.SLEEPING),
                    NOW,
                    draw.flag() ? Optional.of(NOW.minusSeconds(draw.between(0, 30))) : Optional.empty());
            var now = NOW.plusSeconds(draw.between(0, 100));
            var so = IdlePolicy.target(timeouts, state, now);
            var next = IdlePolicy.next(timeouts, state, now);
            var end = next.orElse(now.plusSeconds(1_000));
            assertThat(IdlePolicy.target(timeouts, state, end.minusMillis(1))).isEqualTo(so);
            if (so.equals(Optional.of(InstanceState.SLEEPING))) {
                assertThat(IdlePolicy.target(timeouts, state, end)).isEqualTo(so);
            } else if (next.isPresent()) {
                assertThat(IdlePolicy.target(timeouts, state, end)).isNotEqualTo(so);
            }
        });
    }

    @Test
    void whatTheWorkerSaid_decides_andBusyOutweighs() {
        assertThat(new IdleSignal.Worker(Hook.IDLE).sign()).isEqualTo(IdleSignal.Sign.IDLE);
        assertThat(new IdleSignal.Worker(Hook.BUSY).sign()).isEqualTo(IdleSignal.Sign.BUSY);
        assertThat(new IdleSignal.Worker(Hook.READY).sign()).isEqualTo(IdleSignal.Sign.NEITHER);
        assertThat(new IdleSignal.Worker(Hook.NONE).sign()).isEqualTo(IdleSignal.Sign.NEITHER);
        var idle = new IdleSignal.Worker(Hook.IDLE);
        var busy = new IdleSignal.Worker(Hook.BUSY);
        assertThat(IdleSignal.together(List.of(idle, busy))).isEqualTo(IdleSignal.Sign.BUSY);
        assertThat(IdleSignal.together(List.of(new IdleSignal.Worker(Hook.NONE), idle)))
                .isEqualTo(IdleSignal.Sign.IDLE);
        assertThat(IdleSignal.together(List.of())).isEqualTo(IdleSignal.Sign.NEITHER);
    }

    @Test
    void timeoutsThatSleepBeforeTheyPause_areRefused() {
        assertThatThrownBy(() ->
                        new IdleTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ZERO, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
