package dev.mvm.hostd.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.linux.process.ThreadStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Processes that are jailed but for one thing.
final class JailProofTest {
    private static final int USER = 0x7000_0102;
    private static final String NO_BRIDGE = "br-none";

    /// One instruction: everything is allowed.
    private static final byte[] FILTER = {6, 0, 0, 0, 0, 0, (byte) 0xff, 0x7f};

    @TempDir
    private Path folder;

    private List<String> jailed() throws IOException {
        var filter = Files.write(folder.resolve("filter"), FILTER);
        return new ArrayList<>(List.of(
                "setpriv",
                "--reuid=" + USER,
                "--regid=" + USER,
                "--clear-groups",
                "--inh-caps=-all",
                "--bounding-set=-all",
                "--no-new-privs",
                "--seccomp-filter=" + filter));
    }

    /// Proves a process that such a command becomes.
    private static void prove(List<String> command, String bridge, int filters) throws Exception {
        var all = new ArrayList<>(command);
        all.addAll(List.of("sh", "-c", "echo there; read -r _"));
        var process = new ProcessBuilder(all).redirectErrorStream(true).start();
        try (var there = process.inputReader();
                var pidfd = Pidfd.open((int) process.pid())) {
            assertThat(there.readLine()).isEqualTo("there");
            JailProof.require(pidfd, Processes.NO_CGROUP, USER, bridge, filters);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static void assertUnproven(List<String> command, String bridge, String why) {
        assertThatThrownBy(() -> prove(command, bridge, 0))
                .isInstanceOfSatisfying(
                        StepException.class, e -> assertThat(e.label().value()).isEqualTo("jail_unproven"))
                .hasMessageContaining(why);
    }

    /// Returns the number of filters without that of [#jailed].
    private static int own() throws Exception {
        return ThreadStatus.current().filters();
    }

    private List<String> without(String option) throws IOException {
        var command = jailed();
        assertThat(command.removeIf(word -> word.startsWith(option))).isTrue();
        return command;
    }

    @Test
    @Tag("claim-L5")
    @Tag("claim-L6")
    void anythingLessThanTheJail_isUnproven() throws Exception {
        assumeTrue(Files.readString(Path.of("/proc/self/uid_map")).contains("4294967295"), "needs the machine's root");
        assertThatCode(() -> prove(jailed(), NO_BRIDGE, own() + 1)).doesNotThrowAnyException();
        assertThatThrownBy(() -> prove(jailed(), NO_BRIDGE, own() + 2)).hasMessageContaining("is not filtered");
        assertUnproven(without("--seccomp-filter"), NO_BRIDGE, "is not filtered");
        assertUnproven(without("--regid"), NO_BRIDGE, "of another user or group");
        assertUnproven(jailed(), "lo", "in the network namespace of the node");
        var root = without("--reuid");
        root.removeIf(word -> word.startsWith("--bounding-set"));
        assertUnproven(root, NO_BRIDGE, "has capabilities");
        var other = without("--reuid");
        other.add("--reuid=" + (USER + 1));
        assertUnproven(other, NO_BRIDGE, "of another user or group");
    }

    @Test
    void oneThatHasEnded_isUnproven() throws Exception {
        var process = new ProcessBuilder("sh", "-c", "read -r _").start();
        try (var pidfd = Pidfd.open((int) process.pid())) {
            process.destroyForcibly().waitFor();
            assertThatThrownBy(() -> JailProof.require(pidfd, Processes.NO_CGROUP, USER, NO_BRIDGE, 0))
                    .isInstanceOf(StepException.class)
                    .hasMessageContaining("jail_unproven");
        }
    }

    @Test
    @Tag("claim-L5")
    void mounts_areThoseOfAJailAndNoOthers() {
        var root = "601 500 0:70 / / rw,nosuid,relatime - tmpfs mvm-jail rw,size=12288k,noswap\n";
        var io = "602 601 0:66 / /io rw,nosuid,nodev,noexec,relatime - tmpfs none rw,gid=0,noswap\n";
        var kernel = "603 601 254:1 /var/lib/mvm-hostd/artefacts/ab /kernel ro,nosuid - ext4 /dev/vda rw\n";
        assertThat(JailProof.isJail(root + io + kernel)).isTrue();
        assertThat(JailProof.isJail(root + io + kernel + kernel.replace("/kernel", "/rootfs")))
                .isTrue();
        assertThat(JailProof.isJail(io)).isFalse();
        assertThat(JailProof.isJail(root + io.replace("/io", "/etc"))).isFalse();
        assertThat(JailProof.isJail(root + io.replace("/io", "/io/x"))).isFalse();
        assertThat(JailProof.isJail("1 0 254:1 / / rw,relatime - ext4 /dev/vda rw\n" + io))
                .isFalse();
        assertThat(JailProof.isJail("1 0 254:1 / / rw,relatime - ext4 mvm-jail rw\n"))
                .isFalse();
        assertThat(JailProof.isJail("")).isFalse();
    }
}
