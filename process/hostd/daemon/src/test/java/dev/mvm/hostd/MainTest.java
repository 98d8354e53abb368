package dev.mvm.hostd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// In a JVM of its own, which ends.
final class MainTest {
    @TempDir
    private Path folder;

    /// A thread of hostd's, while its start waits for its configuration: a pipe into which nobody writes.
    static final class Failing {
        private Failing() {}

        public static void main(String[] args) throws Exception {
            Thread.ofPlatform().daemon().start(() -> Main.main(new String[] {"--config", args[0]}));
            while (Thread.getDefaultUncaughtExceptionHandler() == null) {
                Thread.onSpinWait();
            }
            thrown(new IllegalStateException("a bug"));
            System.out.println("it goes on");
            thrown(new StackOverflowError("an end"));
            System.out.println("it went on");
        }

        private static void thrown(Throwable what) throws InterruptedException {
            var thread = Thread.ofPlatform().name("failing").unstarted(() -> {
                if (what instanceof Error e) {
                    throw e;
                }
                throw (RuntimeException) what;
            });
            thread.start();
            thread.join();
        }
    }

    @Test
    void errorInAThread_endsHostd_andABugDoesNot() throws Exception {
        var pipe = folder.resolve("hostd.conf");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        var process = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-XX:+UseSerialGC",
                        "-XX:-UsePerfData",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Failing.class.getName(),
                        pipe.toString())
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isEqualTo(1);
        assertThat(said)
                .contains("thread failing: java.lang.IllegalStateException: a bug")
                .contains("it goes on")
                .contains("thread failing: java.lang.StackOverflowError: an end")
                .doesNotContain("it went on");
    }
}
