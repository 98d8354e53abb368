package dev.mvm.agentd.idle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.protocol.hostd.Observation.Usage;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// Rates from counters that only grow.
final class UsageDeltaTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private static Usage usage(long cpuMillis, long netBytes) {
        return new Usage(cpuMillis, netBytes, 0);
    }

    private final UsageDelta first = UsageDelta.begin(usage(1_000, 500), NOW);

    @Test
    void firstLook_saysNothing() {
        assertThat(first.use()).isEmpty();
    }

    @Test
    void twoLooks_giveARate() {
        var next = first.read(usage(1_100, 2_500), NOW.plusSeconds(10));
        assertThat(next.use()).contains(new IdleSignal.Use(0.01, 200));
        assertThat(next.use().orElseThrow().sign()).isEqualTo(IdleSignal.Sign.BUSY); // the network
        assertThat(new IdleSignal.Use(0.01, 199).sign()).isEqualTo(IdleSignal.Sign.IDLE);
        assertThat(new IdleSignal.Use(0.02, 0).sign()).isEqualTo(IdleSignal.Sign.BUSY);
    }

    /// Time adds up until it is long enough for a rate.
    @Test
    void looksThatFollowEachOtherFast_areOne() {
        var soon = first.read(usage(1_900, 500), NOW.plusSeconds(1));
        assertThat(soon).isEqualTo(first);
        assertThat(soon.read(usage(2_000, 500), NOW.plusSeconds(10)).use()).contains(new IdleSignal.Use(0.1, 0));
    }

    @Test
    void anotherVm_beginsAnew() {
        assertThat(first.read(usage(10, 900), NOW.plusSeconds(10)).use()).isEmpty();
        assertThat(first.read(usage(1_010, 9), NOW.plusSeconds(10)).use()).isEmpty();
        assertThat(first.read(Usage.NONE, NOW.plusSeconds(10)).use()).isEmpty();
    }
}
