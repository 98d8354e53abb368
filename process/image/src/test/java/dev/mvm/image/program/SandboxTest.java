package dev.mvm.image.program;

import static dev.mvm.image.Refusals.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.image.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Attacks of a program that was taken over in the sandbox, as the user of the test; root's `./dev check` tries them as
/// root.
final class SandboxTest {
    private static final Sandbox.Bounds BOUNDS = new Sandbox.Bounds(1L << 30, 1 << 20, Duration.ofMinutes(5));

    @TempDir
    Path dir;

    private Path scratch;
    private Path secret;

    @BeforeEach
    void files() throws IOException {
        scratch = Files.createDirectory(dir.resolve("scratch"));
        secret = Files.writeString(dir.resolve("secret"), "a key");
    }

    private Run run(String script, Path... readable) throws ImageException, IOException {
        return new Sandbox(Programs.DEBIAN, scratch)
                .run(BOUNDS, Set.of(readable), List.of("/usr/bin/sh", "-c", script));
    }

    private String out(String script, Path... readable) throws ImageException, IOException {
        return new String(run(script, readable).out(), UTF_8).strip();
    }

    private void fails(String script, Path... readable) throws ImageException, IOException {
        assertThat(run("echo begun; " + script, readable))
                .as(script)
                .satisfies(run -> assertThat(run.out()).asString().startsWith("begun"))
                .satisfies(run -> assertThat(run.status()).isNotZero());
    }

    @Test
    @Tag("claim-I2")
    void theScratchDirectory_isAllThatCanBeWritten() throws Exception {
        assertThat(out("echo x >" + Sandbox.WORK + "/made && cat made")).isEqualTo("x");
        assertThat(scratch.resolve("made")).hasContent("x\n");
        fails("echo x >>" + secret, secret);
        for (var directory : List.of("/", "/etc", "/dev", "/dev/shm", "/usr")) {
            fails("echo x >" + directory + "/made");
        }
    }

    @Test
    @Tag("claim-I2")
    void filesOfTheOperator_areNotThere_unlessTheyAreNamed() throws Exception {
        assertThat(out("cat " + secret, secret)).isEqualTo("a key");
        fails("cat " + secret);
        fails("cat /etc/passwd");
        for (var directory : List.of("/home", "/root", "/var", "/run", "/srv", "/sys")) {
            fails("ls -d " + directory);
        }
        assertThat(out("env -u PWD -u PATH -u LANG -u SHLVL -u _ | wc -l")).isEqualTo("0");
        assertThat(out("ls -d /proc/[0-9]* | wc -l"))
                .as("processes: bwrap, sh, ls, wc")
                .matches("[1-6]");
    }

    @Test
    void whatIsNamed_mayBeBelowDev() throws Exception {
        var shared = Files.createTempFile(Path.of("/dev/shm"), "mvm-", ".test");
        try {
            Files.writeString(shared, "an image");
            assertThat(out("cat " + shared, shared)).isEqualTo("an image");
            fails("echo x >>" + shared, shared);
            fails("echo x >/dev/shm/made", shared);
        } finally {
            Files.delete(shared);
        }
    }

    @Test
    @Tag("claim-I2")
    void aNetwork_isNotThere() throws Exception {
        assertThat(out("tail -n +3 /proc/net/dev | cut -d: -f1").strip()).isEqualTo("lo");
        assertThat(out("cat /proc/net/route | wc -l")).isEqualTo("1");
    }

    /// With a capability, or as root of a namespace of its own, a program could mount what is read-only anew.
    @Test
    @Tag("claim-I2")
    void neitherCapabilitiesNorNamespaces_areToBeHad() throws Exception {
        assertThat(out("sed -n 's/^Cap[PEA][a-z]*:[[:space:]]*//p' /proc/self/status | sort -u"))
                .isEqualTo("0".repeat(16));
        fails("mount -o remount,bind,rw /usr && touch /usr/made");
        fails("unshare --user --map-root-user true 2>/dev/null");
        fails("unshare --mount true 2>/dev/null");
    }

    /// The importer reads what the sandbox has made: a process that goes on could change it meanwhile.
    @Test
    @Tag("claim-I2")
    void whenARunIsOver_allItsProcessesHaveEnded() throws Exception {
        var mark = "9" + System.nanoTime();
        var many = "for i in $(seq 300); do setsid sleep " + mark + " >/dev/null 2>&1 & done; ";
        assertThat(run(many).status()).isZero();
        assertThat(alive(mark)).isEmpty();
        var bounds = new Sandbox.Bounds(1L << 30, 1 << 20, Duration.ofSeconds(2));
        assertRefused(
                "timed_out",
                () -> new Sandbox(Programs.DEBIAN, scratch)
                        .run(bounds, Set.of(), List.of("/usr/bin/sh", "-c", many + "sleep " + mark)));
        assertThat(alive(mark)).isEmpty();
        assertRefused("output_too_long", () -> run(many + "cat /dev/zero"));
        assertThat(alive(mark)).isEmpty();
    }

    private static List<String> alive(String mark) {
        return ProcessHandle.allProcesses()
                .map(process -> process.info().commandLine().orElse(""))
                .filter(line -> line.contains(mark))
                .toList();
    }

    @Test
    void filesAndOutput_haveTheirLimits() throws Exception {
        assertThat(run("head -c 2097152 /dev/zero >large").wroteTooMuch()).isTrue();
        assertThat(Files.size(scratch.resolve("large"))).isLessThanOrEqualTo(1 << 20);
        fails("dd if=/dev/zero of=/dev/null bs=2G count=1");
    }
}
