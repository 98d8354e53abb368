package dev.mvm.sealer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The rights that a sealer gives up before it reads its request, in a process of its own.
final class SealerConfinementTest {
    @Test
    @Tag("claim-S2")
    void afterwards_nothingElseCanBeCalled() throws Exception {
        var command = new ArrayList<>(SealerProcess.UNPRIVILEGED);
        command.addAll(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ForbiddenCalls.class.getName()));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).isEqualTo("allowed: []\n");
    }

    @Test
    void list_hasNoAsynchronousCalls_andIoctlByNumberOnly() throws Exception {
        var calls = SealerConfinement.list()
                .lines()
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .map(line -> line.replaceFirst(" *#.*", ""))
                .toList();
        assertThat(calls).hasSizeGreaterThan(50).doesNotHaveDuplicates().doesNotContain("ioctl");
        assertThat(calls).noneMatch(call -> call.startsWith("io_"));
    }
}
