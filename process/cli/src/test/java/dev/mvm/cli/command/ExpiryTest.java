package dev.mvm.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class ExpiryTest {
    private static final String END = "2026-06-30T12:00:00Z";
    private static final Duration MONTH = Duration.ofDays(30);

    @Test
    void farAway_hasNoNotice() {
        assertThat(Expiry.notice("it", END, Instant.parse("2026-05-31T12:00:00Z"), MONTH))
                .isEmpty();
    }

    @Test
    void soon_namesTheTimeLeft() {
        assertThat(Expiry.notice("it", END, Instant.parse("2026-05-31T12:00:01Z"), MONTH))
                .contains("it expires at 2026-06-30T12:00:00Z, in 29 days");
        assertThat(Expiry.notice("it", END, Instant.parse("2026-06-30T09:59:00Z"), MONTH))
                .contains("it expires at 2026-06-30T12:00:00Z, in 2 hours");
        assertThat(Expiry.notice("it", END, Instant.parse("2026-06-30T11:59:00Z"), MONTH))
                .contains("it expires at 2026-06-30T12:00:00Z, in 1 min");
    }

    @Test
    void expired_namesTheConsequence() {
        assertThat(Expiry.notice("it", END, Instant.parse(END), MONTH))
                .contains("it expired at 2026-06-30T12:00:00Z: nothing new starts until it is replaced");
    }

    @Test
    void absentDocument_hasNoNotice() {
        assertThat(Expiry.notice("it", "", Instant.parse(END), MONTH)).isEmpty();
    }
}
