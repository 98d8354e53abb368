package dev.mvm.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class UptimeTest {
    private static long kernel() throws Exception {
        var text = Files.readString(Path.of("/proc/uptime"));
        return Long.parseLong(text.substring(0, text.indexOf('.')));
    }

    @Test
    void uptime_isTheKernels() throws Exception {
        long before = kernel();
        long uptime = Uptime.seconds();
        assertThat(uptime).isBetween(before, kernel());
    }
}
