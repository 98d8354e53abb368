package dev.mvm.guestd;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class GuestdRehearsalTest {
    @Test
    @Timeout(600)
    void everything_isAnswered_andNobodyIsLeft() throws Exception {
        GuestdRehearsal.perform();

        var programs = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("program"))
                .toList();
        for (var program : programs) {
            assertThat(program.join(Duration.ofMinutes(5))).isTrue();
        }
    }
}
