package dev.mvm.agentd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class UptimeTest {
    private static final String BEFORE = "7 (a) S (b)) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ";

    private long nanos = -5;

    @Test
    @Tag("claim-T3")
    void uptime_goesOnFromTheStartOfTheProcess() throws Exception {
        var uptime = new Uptime(BEFORE + "12399 0 0\n", () -> nanos);
        assertThat(uptime.getAsLong()).isEqualTo(123);
        nanos += Duration.ofDays(400).toNanos();
        assertThat(uptime.getAsLong()).isEqualTo(123 + Duration.ofDays(400).toSeconds());
    }

    @Test
    void uptimeOfThisNode_isNotMoreThanTheKernels() throws Exception {
        long uptime = Uptime.ofThisNode().getAsLong();
        var kernel = Files.readString(Path.of("/proc/uptime"));
        assertThat(uptime).isBetween(1L, Long.parseLong(kernel.substring(0, kernel.indexOf('.'))));
    }

    @Test
    void anotherText_isRefused() {
        for (var text : new String[] {"", "7 (a) S 1", BEFORE + "soon 0"}) {
            assertThatIOException()
                    .isThrownBy(() -> new Uptime(text, () -> nanos))
                    .withMessageContaining("/proc/self/stat");
        }
    }
}
