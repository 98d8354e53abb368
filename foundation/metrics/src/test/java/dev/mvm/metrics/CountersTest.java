package dev.mvm.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CountersTest {
    private enum Family implements Metric {
        CALLS;

        @Override
        public Description description() {
            return new Description("calls_total", Type.COUNTER, "Calls.", List.of("method", "reason"));
        }
    }

    private final Counters counts = new Counters();

    @Test
    void whatWasNeverCounted_isNothing() {
        assertThat(counts.counts(Family.CALLS)).isEmpty();
        assertThat(counts.durations(Family.CALLS)).isEmpty();
        assertThat(new Exposition()
                        .counts(Family.CALLS, counts.counts(Family.CALLS))
                        .text())
                .isEqualTo("# HELP calls_total Calls.\n# TYPE calls_total counter\n");
    }

    @Test
    void labelsWithoutEnd_areCountedTogether() {
        for (int i = 0; i < 3 * Counters.MOST; i++) {
            counts.count(Family.CALLS, "list", "reason_" + i);
            counts.took(Family.CALLS, Duration.ofMillis(1), "list", "reason_" + i);
        }
        counts.count(Family.CALLS, "list", "reason_0");
        assertThat(counts.counts(Family.CALLS)).hasSize(Counters.MOST + 1);
        assertThat(counts.counts(Family.CALLS)
                        .get(List.of(Counters.OTHER, Counters.OTHER))
                        .sum())
                .isEqualTo(2 * Counters.MOST);
        assertThat(counts.counts(Family.CALLS).get(List.of("list", "reason_0")).sum())
                .isEqualTo(2);
        assertThat(counts.durations(Family.CALLS)).hasSize(Counters.MOST + 1);
    }
}
