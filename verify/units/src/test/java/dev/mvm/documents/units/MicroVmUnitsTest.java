package dev.mvm.documents.units;

import static dev.mvm.documents.units.Units.AGENTD;
import static dev.mvm.documents.units.Units.COORDINATOR;
import static dev.mvm.documents.units.Units.GUESTD;
import static dev.mvm.documents.units.Units.GUESTD_SOCKET;
import static dev.mvm.documents.units.Units.HOSTD;
import static dev.mvm.documents.units.Units.HOSTD_SOCKET;
import static dev.mvm.documents.units.Units.LAUNCH;
import static dev.mvm.documents.units.Units.LAUNCH_SOCKET;
import static dev.mvm.documents.units.Units.NETD;
import static dev.mvm.documents.units.Units.NETD_SOCKET;
import static dev.mvm.documents.units.Units.NODE;
import static dev.mvm.documents.units.Units.SEALER;
import static dev.mvm.documents.units.Units.SEALER_SOCKET;
import static dev.mvm.documents.units.Units.SLICE;
import static dev.mvm.documents.units.Units.VOLUME_SOCKET;
import static dev.mvm.documents.units.Units.says;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The unit of a microVM, its slice, and the sockets between hostd and its peers.
final class MicroVmUnitsTest {
    @Test
    void sockets_areWhatPeersAreCheckedAgainst() {
        says(
                HOSTD_SOCKET,
                Map.of(
                        "ListenStream", "/run/mvm/hostd.sock",
                        "SocketUser", "root",
                        "SocketGroup", "mvm",
                        "SocketMode", "0660",
                        "RemoveOnStop", "yes"));
        says(
                LAUNCH_SOCKET,
                Map.of(
                        "ListenSequentialPacket", "/run/mvm-root/launch.sock",
                        "SocketUser", "root",
                        "SocketGroup", "root",
                        "SocketMode", "0600",
                        "Accept", "yes"));
        says(
                NETD_SOCKET,
                Map.of(
                        "ListenSequentialPacket", "/run/mvm-root/netd.sock",
                        "SocketUser", "root",
                        "SocketGroup", "root",
                        "SocketMode", "0600",
                        "Accept", "yes",
                        "MaxConnections", "1")); // two would write over each other's rules
        says(
                GUESTD_SOCKET,
                Map.of(
                        "ListenSequentialPacket", "/run/mvm-root/guestd.sock",
                        "SocketUser", "root",
                        "SocketGroup", "root",
                        "SocketMode", "0600",
                        "Accept", "yes"));
        says(
                SEALER_SOCKET,
                Map.of(
                        "ListenSequentialPacket", "/run/mvm-root/sealer.sock",
                        "SocketUser", "root",
                        "SocketGroup", "root",
                        "SocketMode", "0600",
                        "Accept", "yes"));
        says(
                VOLUME_SOCKET,
                Map.of(
                        "ListenSequentialPacket", "/run/mvm-root/volume.sock",
                        "DirectoryMode", "0700",
                        "SocketUser", "root",
                        "SocketGroup", "root",
                        "SocketMode", "0600",
                        "Accept", "yes"));
        assertThat(HOSTD.one("StandardInput")).isEqualTo("fd:" + HOSTD_SOCKET.one("FileDescriptorName"));
        assertThat(LAUNCH.one("Environment")).isEqualTo("MVM_PEER=0::/system.slice/mvm-hostd.service");
    }

    /// One microVM is one unit, which ends when everything in it has.
    @Test
    void microVms_outliveTheirHostd_andAreLimited() {
        says(
                LAUNCH,
                Map.of(
                        "ExitType", "cgroup",
                        "Slice", SLICE.name(),
                        "Delegate", "cpu memory pids io",
                        "DelegateSubgroup", "launch",
                        "OOMPolicy", "continue",
                        "Before", "mvm-hostd.service",
                        "CollectMode", "inactive-or-failed"));
        assertThat(LAUNCH.has("Requires") || LAUNCH.has("PartOf") || LAUNCH.has("BindsTo"))
                .isFalse();
        assertThat(HOSTD.words("Requires")).doesNotContain("mvm-launch.socket");
        says(HOSTD, Map.of("Type", "notify", "NotifyAccess", "main", "FileDescriptorStorePreserve", "yes"));
        assertThat(Integer.parseInt(HOSTD.one("FileDescriptorStoreMax"))).isGreaterThan(2 * 4096);
        assertThat(Integer.parseInt(LAUNCH_SOCKET.one("MaxConnections"))).isGreaterThan(4096); // and some to end others
        says(SLICE, Map.of("MemorySwapMax", "0", "MemoryMax", "90%"));
    }

    /// A guest writes on its console what it likes: that is kept apart, in memory, and bounded.
    @Test
    @Tag("claim-G6")
    void consolesOfGuests_areInAJournalOfTheirOwn() throws IOException {
        says(LAUNCH, Map.of("LogNamespace", "mvm-guests", "LogRateLimitBurst", "1000"));
        for (var unit : List.of(HOSTD, NETD, AGENTD, GUESTD, SEALER, COORDINATOR)) {
            assertThat(unit.has("LogNamespace")).as(unit.name()).isFalse();
        }
        var journal = Files.readString(NODE.resolveSibling("journald@mvm-guests.conf"));
        assertThat(journal.lines()).contains("Storage=volatile", "RuntimeMaxUse=64M", "ForwardToSyslog=no");
    }

    /// A process that gets below the slice can open the devices of microVMs there, and no disk of the host.
    @Test
    void devicesOfTheSlice_areThoseOfMicroVms() {
        says(SLICE, Map.of("DevicePolicy", "closed"));
        assertThat(SLICE.all("DeviceAllow")).isEqualTo(LAUNCH.all("DeviceAllow"));
        for (var module : List.of("tun", "dm_mod")) {
            assertThat(SLICE.words("Wants")).contains("modprobe@" + module + ".service");
            assertThat(SLICE.words("After")).contains("modprobe@" + module + ".service");
        }
    }

    @Test
    void readersAndSealers_haveBounds_andSealersAnEnd() {
        assertThat(GUESTD.one("LimitFSIZE")).isEqualTo("0");
        var readers = Unit.read(NODE.resolve("mvm-readers.slice"));
        says(readers, Map.of("MemoryMax", "50%", "MemorySwapMax", "0", "TasksMax", "32768"));
        says(GUESTD, Map.of("Slice", readers.name(), "CPUQuota", "100%"));
        says(SEALER, Map.of("Slice", readers.name(), "CPUQuota", "200%", "RuntimeMaxSec", "2400"));
    }
}
