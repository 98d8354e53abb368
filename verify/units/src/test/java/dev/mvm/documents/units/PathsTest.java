package dev.mvm.documents.units;

import static dev.mvm.documents.units.Units.AGENTD;
import static dev.mvm.documents.units.Units.COORDINATOR;
import static dev.mvm.documents.units.Units.COORDINATOR_RELAY;
import static dev.mvm.documents.units.Units.GUESTD;
import static dev.mvm.documents.units.Units.GUESTS;
import static dev.mvm.documents.units.Units.HOSTD;
import static dev.mvm.documents.units.Units.KEYD;
import static dev.mvm.documents.units.Units.KEYD_RELAY;
import static dev.mvm.documents.units.Units.LAUNCH;
import static dev.mvm.documents.units.Units.NETD;
import static dev.mvm.documents.units.Units.ROOT;
import static dev.mvm.documents.units.Units.SEALER;
import static dev.mvm.documents.units.Units.VOLUME;
import static dev.mvm.documents.units.Units.reaches;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Paths that processes have to reach, against the lines that close paths.
final class PathsTest {
    /// Paths that each process has to reach, by its configuration and its code.
    @Test
    void noLine_standsInTheWayOfADaemonsOwn() {
        reaches(HOSTD, "/var/lib/mvm-hostd/volumes", true);
        reaches(HOSTD, "/run/mvm/hostd.out-of-service", true);
        for (var path : List.of(
                "/etc/mvm/hostd.conf",
                "/etc/mvm/root.dsse",
                "/var/spool/mvm",
                "/run/mvm-root/launch.sock",
                "/run/mvm-root/netd.sock",
                "/run/mvm-root/guestd.sock",
                "/run/mvm-root/sealer.sock",
                "/run/mvm-root/volume.sock",
                "/usr/lib/mvm/hostd")) {
            reaches(HOSTD, path, false);
        }
        reaches(AGENTD, "/var/lib/mvm-agentd/audit", true);
        reaches(AGENTD, "/var/spool/mvm", true);
        for (var path : List.of(
                "/etc/mvm/agentd.toml",
                "/etc/mvm/credential/key.pem",
                "/run/mvm/hostd.sock",
                "/run/mvm/hostd.out-of-service",
                "/usr/lib/mvm/agentd")) {
            reaches(AGENTD, path, false);
        }
        reaches(NETD, "/proc/sys/net/ipv4/conf/br-tenant-0/forwarding", true);
        reaches(NETD, "/proc/sys/net/ipv6/conf/br-tenant-0/disable_ipv6", true);
        reaches(COORDINATOR, "/var/lib/mvm-coordinator/store.db", true);
        reaches(COORDINATOR, "/etc/mvm/coordinator.toml", false);
        reaches(COORDINATOR, "/run/mvm/keyd/keyd.sock", false);
        reaches(COORDINATOR, "/run/mvm-coordinator-relay/keyd.sock", false);
        reaches(KEYD_RELAY, "/run/mvm/keyd/keyd.sock", false);
        reaches(KEYD_RELAY, "/etc/mvm/keyd-relay.conf", false);
        reaches(COORDINATOR_RELAY, "/etc/mvm/coordinator-relay.conf", false);
        reaches(KEYD, "/var/lib/mvm-keyd/store", true);
        reaches(KEYD, "/run/mvm/keyd/metrics.prom", true);
        reaches(KEYD, "/etc/mvm/keyd.conf", false);
        reaches(KEYD, "/usr/lib/mvm/keyd", false);
        reaches(GUESTS, "/run/mvm/guests-down", true);
    }

    @Test
    void noLine_standsInTheWayOfTheLauncher() throws IOException {
        var source = Files.readString(ROOT.resolve("native/launch/become_jailer.c"));
        var defined = Pattern.compile("#define ([A-Z]+) \"(/[^\"]+)\"").matcher(source);
        var written = Set.of("/sys/fs/cgroup"); // over the place of jails it mounts
        int seen = 0;
        while (defined.find()) {
            seen++;
            var path = defined.group(2).equals("/sys/fs/cgroup") ? "/sys/fs/cgroup/mvm.slice" : defined.group(2);
            reaches(LAUNCH, path, written.contains(defined.group(2)));
        }
        assertThat(seen).isGreaterThanOrEqualTo(4);
    }

    /// A path with a line of its own, as one that may be written has, is not covered by the line for `/`.
    @Test
    void writtenFiles_areNotExecuted() {
        for (var unit : List.of(NETD, GUESTD, SEALER, AGENTD, COORDINATOR, KEYD, VOLUME)) {
            var written = new ArrayList<>(List.of("/", "/tmp", "/var/tmp", "/dev/shm"));
            written.addAll(unit.words("ReadWritePaths"));
            unit.words("StateDirectory").forEach(name -> written.add("/var/lib/" + name));
            written.removeAll(unit.words("ExecPaths")); // sqlite's native part
            assertThat(unit.words("NoExecPaths")).as(unit.name()).containsAll(written);
        }
    }

    /// Writable paths must exist, or the unit does not start.
    @Test
    void writablePaths_areMadeBeforehand() throws IOException {
        var made = Files.readString(ROOT.resolve("packaging/debian/node/tmpfiles.conf"))
                + Files.readString(ROOT.resolve("packaging/debian/keyd/tmpfiles.conf"));
        for (var unit : List.of(HOSTD, AGENTD, LAUNCH, GUESTS, KEYD)) {
            for (var path : unit.words("ReadWritePaths")) {
                if (!path.startsWith("/sys/") && !path.startsWith("/proc/sys/")) {
                    assertThat(made)
                            .as("%s: %s", unit.name(), path)
                            .containsPattern("(?m)^[df] " + Pattern.quote(path) + " ");
                }
            }
        }
    }
}
