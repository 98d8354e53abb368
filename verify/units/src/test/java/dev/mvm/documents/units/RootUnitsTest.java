package dev.mvm.documents.units;

import static dev.mvm.documents.units.Units.CACHE;
import static dev.mvm.documents.units.Units.GUESTD_SOCKET;
import static dev.mvm.documents.units.Units.HOSTD;
import static dev.mvm.documents.units.Units.LAUNCH;
import static dev.mvm.documents.units.Units.LAUNCH_SOCKET;
import static dev.mvm.documents.units.Units.NETD_SOCKET;
import static dev.mvm.documents.units.Units.NODE;
import static dev.mvm.documents.units.Units.SEALER_SOCKET;
import static dev.mvm.documents.units.Units.VOLUME_SOCKET;
import static dev.mvm.documents.units.Units.says;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The lines that keep a process of root from undoing what holds it, and from other programs of root.
final class RootUnitsTest {
    @Test
    void root_cannotUndoWhatHoldsIt() {
        var denied = HOSTD.all("SystemCallFilter").stream()
                .filter(value -> value.startsWith("~"))
                .flatMap(value -> List.of(value.substring(1).split(" ", -1)).stream())
                .toList();
        assertThat(denied)
                .contains("mount", "umount2", "move_mount", "open_tree", "mount_setattr", "pivot_root", "chroot")
                .contains("fsopen", "fsconfig", "fsmount", "fspick")
                .contains("@module", "@reboot", "@swap", "@debug", "@raw-io", "@clock", "@obsolete", "@privileged");
        assertThat(denied).contains("semget", "shmget", "msgget", "setns", "unshare");
        says(HOSTD, Map.of("RestrictNamespaces", "yes", "ProtectClock", "yes"));
        says(
                HOSTD,
                Map.of(
                        "CapabilityBoundingSet", "",
                        "PrivateIPC", "yes",
                        "PrivateNetwork", "yes",
                        "ProtectControlGroups", "yes"));
        assertThat(HOSTD.has("Delegate")).isFalse();
        assertThat(HOSTD.one("LimitMEMLOCK")).isEqualTo("64M");
        assertThat(HOSTD.one("MemorySwapMax")).isEqualTo("0");
        assertThat(HOSTD.words("DeviceAllow").stream().filter(word -> word.startsWith("/") || word.contains("-")))
                .containsExactly("/dev/fuse");
    }

    /// In one directory of root's, which other units cover.
    @Test
    void socketsOfRoots_lieInADirectoryOfRoots() {
        for (var socket : List.of(LAUNCH_SOCKET, NETD_SOCKET, GUESTD_SOCKET, SEALER_SOCKET)) {
            assertThat(socket.one("ListenSequentialPacket")).startsWith("/run/mvm-root/");
            assertThat(socket.one("DirectoryMode")).isEqualTo("0700");
        }
    }

    /// Its standard input is a named descriptor, which a process of ExecStartPre= would not get: so it has none.
    @Test
    void whatRootCannotSee_isFoundOutBeforeEachStart() {
        var look = Unit.read(NODE.resolve("mvm-look.service"));
        assertThat(HOSTD.has("ExecStartPre")).isFalse();
        assertThat(HOSTD.words("Wants")).contains(look.name());
        assertThat(HOSTD.words("After")).contains(look.name());
        says(
                look,
                Map.of(
                        "Type", "oneshot",
                        "ExecStart", "/usr/sbin/mvm-node look",
                        "StandardOutput", "truncate:/run/mvm-hostd/host",
                        "CapabilityBoundingSet", "",
                        "NoNewPrivileges", "yes",
                        "ProtectSystem", "strict"));
        assertThat(look.has("RemainAfterExit")).isFalse(); // it would run once
    }

    /// Root's programs that do what a process of user 0 asks them.
    @Test
    void processesOfRoot_reachNoOtherProgramOfRoots() {
        for (var unit : List.of(LAUNCH, CACHE)) {
            assertThat(unit.words("InaccessiblePaths"))
                    .as(unit.name())
                    .contains(
                            "/run/udev/control",
                            "/run/systemd/io.systemd.sysext",
                            "/run/systemd/io.systemd.Credentials")
                    .contains("/run/docker.sock", "/run/containerd", "/run/libvirt");
            assertThat(unit.all("InaccessiblePaths").stream().flatMap(line -> Stream.of(line.split(" ", -1))))
                    .as("%s: it starts where they are not", unit.name())
                    .allMatch(path -> path.startsWith("-"));
        }
    }

    @Test
    void devices_areThereBeforeTheyAreAllowed() {
        assertThat(HOSTD.words("Wants")).contains("modprobe@fuse.service");
        assertThat(HOSTD.words("After")).contains("modprobe@fuse.service");
        assertThat(NETD_SOCKET.words("Wants")).contains("modprobe@tun.service");
        assertThat(NETD_SOCKET.words("After")).contains("modprobe@tun.service");
        for (var module : List.of("loop", "dm_mod", "dm_crypt")) {
            assertThat(VOLUME_SOCKET.words("Wants")).contains("modprobe@" + module + ".service");
            assertThat(VOLUME_SOCKET.words("After")).contains("modprobe@" + module + ".service");
        }
    }
}
