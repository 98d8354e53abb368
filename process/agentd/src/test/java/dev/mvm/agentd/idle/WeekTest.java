package dev.mvm.agentd.idle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A week of 10,000 instances, in seconds.
final class WeekTest {
    private static final int MANY = 10_000;

    @Test
    void usualTimeouts_saveMostOfTheMemory_forAFewWakesADayEach() {
        var week = new Week(IdleTimeouts.USUAL, MANY, 1);
        assertThat(week.saved()).isBetween(0.6, 0.95);
        assertThat(week.wakes() / (7.0 * MANY)).as("wakes a day and instance").isBetween(1.0, 12.0);
        assertThat(week.chart()).hasSize(1 + 7 * 6).allMatch(line -> line.length() < 90);
    }

    @Test
    void laterSleep_savesLess_andWakesLess_andTheSameWeekIsTheSame() {
        var usual = new Week(IdleTimeouts.USUAL, 500, 2);
        var later = new Week(
                new IdleTimeouts(
                        Duration.ofSeconds(300), Duration.ofHours(2), Duration.ofSeconds(60), Duration.ofSeconds(60)),
                500,
                2);
        assertThat(later.saved()).isLessThan(usual.saved());
        assertThat(later.wakes()).isLessThan(usual.wakes());
        assertThat(later.resumes()).isGreaterThan(usual.resumes());
        assertThat(new Week(IdleTimeouts.USUAL, 500, 2).chart()).isEqualTo(usual.chart());
    }
}
