package dev.mvm.guestd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class RehearsalTest {
    @TempDir
    Path folder;

    @Test
    @Timeout(600)
    void everything_isAnswered_andNothingIsLeft() throws Exception {
        Rehearsal.in(folder);

        assertThat(folder).isEmptyDirectory();
        var programs = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("program"))
                .toList();
        for (var program : programs) {
            assertThat(program.join(Duration.ofMinutes(5))).isTrue();
        }
    }
}
