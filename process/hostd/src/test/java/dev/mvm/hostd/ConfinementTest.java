package dev.mvm.hostd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.process.ThreadStatus;
import java.io.IOException;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// In a JVM of its own, for what is given up is given up for good.
final class ConfinementTest {
    static final class Confined {
        private Confined() {}

        public static void main(String[] args) throws Exception {
            try (var earlier = Executors.newSingleThreadExecutor()) {
                earlier.submit(() -> {}).get();
                Confinement.enter();
                System.out.println("here: " + start());
                System.out.println(
                        "earlier thread: " + earlier.submit(Confined::start).get());
                System.out.println("every thread filtered: "
                        + ThreadStatus.all().stream()
                                .allMatch(thread -> thread.seccomp() == 2 && thread.noNewPrivileges()));
            }
        }

        private static String start() throws InterruptedException {
            try {
                return "status " + new ProcessBuilder("true").start().waitFor();
            } catch (IOException e) {
                return "no program";
            }
        }
    }

    @Test
    @Tag("claim-H6")
    void afterwards_noThreadCanStartAProgram() throws Exception {
        var process = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-XX:+UseSerialGC",
                        "-XX:-UsePerfData",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Confined.class.getName())
                .redirectErrorStream(true)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).isEqualTo("here: no program\nearlier thread: no program\nevery thread filtered: true\n");
    }
}
