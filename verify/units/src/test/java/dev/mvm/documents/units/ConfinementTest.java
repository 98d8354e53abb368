package dev.mvm.documents.units;

import static dev.mvm.documents.units.Units.AGENTD;
import static dev.mvm.documents.units.Units.ATTEST;
import static dev.mvm.documents.units.Units.ATTEST_SOCKET;
import static dev.mvm.documents.units.Units.CACHE;
import static dev.mvm.documents.units.Units.CONFINED;
import static dev.mvm.documents.units.Units.COORDINATOR;
import static dev.mvm.documents.units.Units.COORDINATOR_RELAY;
import static dev.mvm.documents.units.Units.DAEMONS;
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
import static dev.mvm.documents.units.Units.daemon;
import static dev.mvm.documents.units.Units.reaches;
import static dev.mvm.documents.units.Units.says;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The lines that hold every daemon, and those that each has beside them.
final class ConfinementTest {
    @Test
    void everyDaemon_isConfinedInWhatAllHaveInCommon() {
        for (var unit : CONFINED) {
            says(
                    unit,
                    Map.of(
                            "NoNewPrivileges", "yes",
                            "AmbientCapabilities", unit == NETD ? "CAP_NET_ADMIN" : "",
                            "ProtectSystem", "strict",
                            "ProtectHome", "yes",
                            "KillMode", "control-group",
                            "LimitCORE", "0",
                            "DevicePolicy", "closed",
                            "SystemCallArchitectures", "native",
                            "SystemCallErrorNumber", "EPERM"));
            says(
                    unit,
                    Map.of(
                            "LockPersonality", "yes",
                            "RestrictRealtime", "yes",
                            "KeyringMode", "private",
                            "ProtectKernelTunables", "yes",
                            "ProtectKernelModules", "yes",
                            "ProtectKernelLogs", "yes",
                            "ProtectHostname", "yes",
                            "ProtectProc", "invisible"));
            // what one that was taken over writes there must not be on the disk
            boolean started = List.of(GUESTD, SEALER, NETD, ATTEST, KEYD_RELAY, COORDINATOR_RELAY)
                    .contains(unit);
            says(unit, Map.of("PrivateTmp", started ? "disconnected" : "yes"));
            // systemd's filter for it takes openat2 away, by which these open every file
            boolean opens = unit == HOSTD || unit == NETD || unit == KEYD;
            says(unit, opens ? Map.of() : Map.of("RestrictSUIDSGID", "yes"));
            if (!unit.has("RootDirectory")) { // HostdWorldTest
                assertThat(unit.words("InaccessiblePaths"))
                        .as("%s: doors of the service manager", unit.name())
                        .contains("/run/dbus", "/run/systemd/private");
            }
        }
    }

    @Test
    void capabilities_areTheMeasuredOnes() {
        assertThat(HOSTD.one("CapabilityBoundingSet")).isEmpty();
        assertThat(NETD.one("CapabilityBoundingSet")).isEqualTo("CAP_NET_ADMIN");
        assertThat(LAUNCH.words("CapabilityBoundingSet"))
                .containsExactlyInAnyOrder(
                        "CAP_SYS_ADMIN", "CAP_MKNOD", "CAP_CHOWN", "CAP_SETUID", "CAP_SETGID", "CAP_DAC_OVERRIDE");
        assertThat(AGENTD.one("CapabilityBoundingSet")).isEmpty();
        assertThat(COORDINATOR.one("CapabilityBoundingSet")).isEmpty();
        assertThat(GUESTD.one("CapabilityBoundingSet")).isEmpty();
        assertThat(SEALER.one("CapabilityBoundingSet")).isEmpty();
        assertThat(GUESTS.one("CapabilityBoundingSet")).isEmpty();
        assertThat(CACHE.one("CapabilityBoundingSet")).isEmpty();
        assertThat(KEYD.one("CapabilityBoundingSet")).isEmpty();
    }

    @Test
    void whoTalksToTheNetwork_isNobody_andRootHasNone() {
        for (var unit : List.of(AGENTD, COORDINATOR)) {
            says(
                    unit,
                    Map.of(
                            "SupplementaryGroups", "",
                            "RestrictNamespaces", "yes",
                            "RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6",
                            "ProcSubset", "pid",
                            "PrivateUsers", "yes",
                            "PrivateDevices", "yes",
                            "ProtectControlGroups", "strict"));
            assertThat(unit.all("SystemCallFilter")).last().isEqualTo("~@privileged @resources @keyring");
            assertThat(unit.all("SystemCallFilter").getFirst()).startsWith("@system-service");
            assertThat(unit.has("DeviceAllow")).isFalse();
        }
        says(AGENTD, Map.of("User", "mvm", "Group", "mvm"));
        says(AGENTD, Map.of("BindReadOnlyPaths", "-/sys/fs/cgroup/mvm.slice:/run/mvm-slice")); // memory of microVMs
        assertThat(AGENTD.words("Wants")).contains("mvm.slice");
        assertThat(AGENTD.words("After")).contains("mvm.slice");
        says(COORDINATOR, Map.of("User", "mvm-coord", "Group", "mvm-coord"));
        says(HOSTD, Map.of("RestrictAddressFamilies", "AF_UNIX", "IPAddressDeny", "any", "PrivateNetwork", "yes"));
        says(LAUNCH, Map.of("RestrictAddressFamilies", "AF_UNIX AF_NETLINK", "IPAddressDeny", "any"));
        says(AGENTD, Map.of("IPAddressDeny", "any", "IPAddressAllow", "localhost")); // bootstrap adds the coordinator
    }

    /// Processes that read or seal guests share no user, network, device or file with another process, and see no
    /// other.
    @ParameterizedTest
    @CsvSource({"guestd, 160M", "sealer, 256M"})
    void whoSeesGuests_hasWhatItWasHandedAndNothingElse(String process, String memory) {
        var unit = daemon("mvm-" + process + "@.service");
        says(unit, Map.of("PrivatePIDs", "yes", "User", "mvm-" + process.charAt(0) + "%i"));
        says(
                unit,
                Map.of(
                        "DynamicUser", "yes",
                        "SupplementaryGroups", "",
                        "RestrictNamespaces", "yes",
                        "RestrictAddressFamilies", "AF_UNIX",
                        "PrivateNetwork", "yes",
                        "PrivateUsers", "yes",
                        "PrivateDevices", "yes",
                        "ProcSubset", "pid",
                        "NoExecPaths", "/ /tmp /var/tmp /dev/shm",
                        "ProtectControlGroups", "strict"));
        assertThat(unit.all("SystemCallFilter")).last().isEqualTo("~@privileged @resources @keyring");
        assertThat(unit.all("SystemCallFilter").getFirst()).startsWith("@system-service");
        assertThat(unit.has("DeviceAllow")).isFalse();
        assertThat(unit.has("StateDirectory") || unit.has("ReadWritePaths")).isFalse();
        assertThat(unit.words("InaccessiblePaths"))
                .contains("/run/mvm", "/run/mvm-root")
                .contains("/etc/mvm", "/srv/mvm", "/var/lib/mvm-hostd", "/var/spool/mvm");
        assertThat(unit.words("MemoryMax")).containsExactly(memory);
        assertThat(unit.one("ExecStart")).contains(" -p /usr/lib/mvm/" + process + " ");
        reaches(unit, "/usr/lib/mvm/" + process, false);
    }

    /// The process that has the network of the node has nothing else of it: no file of mvm's, no other process, no
    /// device but tun, and of the kernel's settings those of interfaces.
    @Test
    void networks_areMadeByAUserOfTheirOwn_withOneCapability() {
        says(
                NETD,
                Map.of(
                        "User", "mvm-netd",
                        "Group", "mvm-netd",
                        "SupplementaryGroups", "",
                        "PrivatePIDs", "yes",
                        "PrivateIPC", "yes",
                        "PrivateDevices", "yes",
                        "RestrictNamespaces", "yes",
                        "RestrictAddressFamilies", "AF_UNIX AF_NETLINK",
                        "IPAddressDeny", "any",
                        "ProtectControlGroups", "strict"));
        assertThat(NETD.words("BindPaths")).containsExactly("/dev/net/tun");
        assertThat(NETD.all("DeviceAllow")).containsExactly("/dev/net/tun rw");
        assertThat(NETD.words("ReadWritePaths")).containsExactly("/proc/sys/net/ipv4/conf", "/proc/sys/net/ipv6/conf");
        assertThat(NETD.has("StateDirectory")).isFalse();
        assertThat(NETD.all("SystemCallFilter")).last().isEqualTo("~@privileged @resources @keyring");
        assertThat(NETD.all("SystemCallFilter").getFirst()).startsWith("@system-service");
        assertThat(NETD.words("InaccessiblePaths"))
                .contains("/run/mvm", "/run/mvm-root", "/run/mvm-hostd")
                .contains("/etc/mvm", "/srv/mvm", "/var/lib/mvm-hostd", "/var/lib/mvm-agentd", "/var/spool/mvm");
        // the capability is that of the node's network, and readers of guests do not starve who makes it
        assertThat(NETD.has("PrivateNetwork") || NETD.has("PrivateUsers") || NETD.has("Slice"))
                .isFalse();
        says(NETD, Map.of("MemoryMax", "512M", "MemorySwapMax", "0", "LimitFSIZE", "0", "OOMScoreAdjust", "-500"));
        reaches(NETD, "/usr/lib/mvm/netd", false);
    }

    /// The program that makes devices has one capability, and of the host what that takes.
    @Test
    void volumes_areMadeWithOneCapability() throws IOException {
        says(
                VOLUME,
                Map.of(
                        "CapabilityBoundingSet", "CAP_SYS_ADMIN",
                        "RestrictNamespaces", "yes",
                        "RestrictAddressFamilies", "AF_UNIX",
                        "PrivateNetwork", "yes",
                        "PrivateIPC", "yes",
                        "ProcSubset", "pid",
                        "NoExecPaths", "/ /tmp /var/tmp /dev/shm",
                        "ExecPaths", VOLUME.one("ExecStart"),
                        "MemoryDenyWriteExecute", "yes",
                        "LimitMEMLOCK", "65M"));
        says(VOLUME, Map.of("MemorySwapMax", "0", "ProtectControlGroups", "yes"));
        assertThat(VOLUME.all("DeviceAllow"))
                .containsExactlyInAnyOrder(
                        "/dev/loop-control rw", "/dev/mapper/control rw", "block-loop rw", "block-device-mapper rw");
        assertThat(VOLUME.all("SystemCallFilter"))
                .last()
                .isEqualTo("~@obsolete @raw-io @reboot @swap @module @debug @cpu-emulation @clock @keyring @mount"
                        + " @privileged");
        assertThat(VOLUME.has("StateDirectory") || VOLUME.has("ReadWritePaths")).isFalse();
        assertThat(VOLUME.words("InaccessiblePaths")).contains("/run/mvm", "/run/mvm-root", "/etc/mvm", "/srv/mvm");
        assertThat(VOLUME.words("Environment"))
                .containsExactly("MVM_PEER=0::/system.slice/mvm-hostd.service", "MVM_STORE=/var/lib/mvm-hostd/volumes");
        reaches(VOLUME, "/var/lib/mvm-hostd/volumes", false);
        var source = Files.readString(ROOT.resolve("native/volume/connection.c"))
                + Files.readString(ROOT.resolve("native/volume/main.c"));
        assertThat(source).contains("getenv(\"MVM_PEER\")", "getenv(\"MVM_STORE\")");
    }

    /// The program that asks the TPM has nothing but its connection and the TPM, and no group by which it could open
    /// one.
    @Test
    void attestation_hasADescriptorOfTheTpm_andNothingElse() {
        says(
                ATTEST,
                Map.of(
                        "CapabilityBoundingSet", "",
                        "DynamicUser", "yes",
                        "SupplementaryGroups", "",
                        "OpenFile", "/dev/tpmrm0:tpm",
                        "PrivateDevices", "yes",
                        "PrivatePIDs", "yes",
                        "PrivateUsers", "yes",
                        "PrivateNetwork", "yes",
                        "RestrictAddressFamilies", "none",
                        "MemoryDenyWriteExecute", "yes"));
        says(
                ATTEST,
                Map.of(
                        "ExecPaths", ATTEST.one("ExecStart"),
                        "NoExecPaths", "/ /tmp /var/tmp /dev/shm",
                        "RestrictNamespaces", "yes",
                        "MemorySwapMax", "0",
                        "RuntimeMaxSec", "60"));
        assertThat(ATTEST.all("DeviceAllow")).containsExactly("/dev/tpmrm0 rw");
        assertThat(ATTEST.all("SystemCallFilter")).last().isEqualTo("~@privileged @resources @keyring @network-io");
        assertThat(ATTEST.words("InaccessiblePaths")).contains("/run/mvm", "/run/mvm-root", "/etc/mvm", "/srv/mvm");
        assertThat(ATTEST.has("StateDirectory") || ATTEST.has("ReadWritePaths")).isFalse();
        says(
                ATTEST_SOCKET,
                Map.of(
                        "ListenStream", "/run/mvm/attest.sock",
                        "SocketUser", "root",
                        "SocketGroup", "mvm",
                        "SocketMode", "0660",
                        "Accept", "yes",
                        "ConditionPathExists", "/dev/tpmrm0"));
    }

    /// Which has a guest's memory in its own, and the key of its sleep.
    @Test
    void sealersMemory_isInNoSwapAndNoDump() {
        says(SEALER, Map.of("MemorySwapMax", "0", "LimitCORE", "0", "LimitMEMLOCK", "1M"));
        assertThat(SEALER.one("ExecStart")).contains(" --enable-native-access=dev.mvm.linux ");
    }

    /// With RestrictSUIDSGID= systemd answers openat2(2) with ENOSYS, and that is how hostd stays beneath a
    /// directory, and netd writes the settings of one interface.
    @Test
    void setuidFiles_areForbidden_whereNobodyNeedsOpenat2() {
        assertThat(HOSTD.has("RestrictSUIDSGID") || NETD.has("RestrictSUIDSGID") || KEYD.has("RestrictSUIDSGID"))
                .isFalse();
        for (var unit : List.of(AGENTD, COORDINATOR, LAUNCH)) {
            says(unit, Map.of("RestrictSUIDSGID", "yes"));
        }
    }

    /// A JVM compiles, which is writing memory and executing it; everything else has the line.
    @Test
    void writableExecutableMemory_isForJvmsAlone() {
        for (var unit : DAEMONS) {
            assertThat(unit.has("MemoryDenyWriteExecute")).as(unit.name()).isFalse();
        }
        says(LAUNCH, Map.of("MemoryDenyWriteExecute", "yes"));
        says(GUESTS, Map.of("MemoryDenyWriteExecute", "yes", "NoNewPrivileges", "yes", "ProtectSystem", "strict"));
    }
}
