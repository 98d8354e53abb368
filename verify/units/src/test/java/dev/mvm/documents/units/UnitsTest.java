package dev.mvm.documents.units;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Units as they are shipped. That they are also obeyed is for the suites on the node machine to show.
final class UnitsTest {
    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
    private static final Path NODE = ROOT.resolve("packaging/debian/node/units");
    private static final Unit HOSTD = Unit.read(NODE.resolve("mvm-hostd.service"));
    private static final Unit AGENTD = Unit.read(NODE.resolve("mvm-agentd.service"));
    private static final Unit LAUNCH = Unit.read(NODE.resolve("mvm-launch@.service"));
    private static final Unit GUESTD = Unit.read(NODE.resolve("mvm-guestd@.service"));
    private static final Unit SEALER = Unit.read(NODE.resolve("mvm-sealer@.service"));
    private static final Unit GUESTS = Unit.read(NODE.resolve("mvm-guests.service"));
    private static final Unit CACHE = Unit.read(NODE.resolve("mvm-cache.service"));
    private static final Unit HOSTD_SOCKET = Unit.read(NODE.resolve("mvm-hostd.socket"));
    private static final Unit LAUNCH_SOCKET = Unit.read(NODE.resolve("mvm-launch.socket"));
    private static final Unit GUESTD_SOCKET = Unit.read(NODE.resolve("mvm-guestd.socket"));
    private static final Unit SEALER_SOCKET = Unit.read(NODE.resolve("mvm-sealer.socket"));
    private static final Unit VOLUME = Unit.read(NODE.resolve("mvm-volume@.service"));
    private static final Unit VOLUME_SOCKET = Unit.read(NODE.resolve("mvm-volume.socket"));
    private static final Unit SLICE = Unit.read(NODE.resolve("mvm.slice"));
    private static final Unit COORDINATOR =
            Unit.read(ROOT.resolve("packaging/debian/coordinator/units/mvm-coordinator.service"));
    private static final List<Unit> DAEMONS = List.of(HOSTD, GUESTD, SEALER, AGENTD, COORDINATOR);
    private static final List<Unit> CONFINED = List.of(HOSTD, GUESTD, SEALER, AGENTD, COORDINATOR, LAUNCH, VOLUME);
    private static final String START = "/usr/lib/mvm/mvm-hostd-start";
    private static final String READER_START = "/usr/lib/mvm/mvm-reader-start";
    private static final String JAVA = "/usr/lib/jvm/java-25-openjdk-amd64/bin/java";

    private static void says(Unit unit, Map<String, String> lines) {
        lines.forEach((key, value) -> assertThat(unit.all(key))
                .as("%s: %s=", unit.name(), key)
                .isNotEmpty()
                .last()
                .isEqualTo(value));
    }

    @Test
    void everyDaemon_isConfinedInWhatAllHaveInCommon() {
        for (var unit : CONFINED) {
            says(
                    unit,
                    Map.of(
                            "NoNewPrivileges", "yes",
                            "AmbientCapabilities", "",
                            "ProtectSystem", "strict",
                            "ProtectHome", "yes",
                            "PrivateTmp", "yes",
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
            // systemd's filter for it takes openat2 away, by which hostd opens every file
            boolean hostd = unit.name().startsWith("mvm-hostd");
            says(unit, hostd ? Map.of() : Map.of("RestrictSUIDSGID", "yes"));
            if (!unit.has("RootDirectory")) { // HostdWorldTest
                assertThat(unit.words("InaccessiblePaths"))
                        .as("%s: doors of the service manager", unit.name())
                        .contains("/run/dbus", "/run/systemd/private");
            }
        }
    }

    @Test
    void capabilities_areTheMeasuredOnes() {
        assertThat(HOSTD.one("CapabilityBoundingSet")).isEqualTo("CAP_NET_ADMIN");
        assertThat(LAUNCH.words("CapabilityBoundingSet"))
                .containsExactlyInAnyOrder(
                        "CAP_SYS_ADMIN", "CAP_MKNOD", "CAP_CHOWN", "CAP_SETUID", "CAP_SETGID", "CAP_DAC_OVERRIDE");
        assertThat(AGENTD.one("CapabilityBoundingSet")).isEmpty();
        assertThat(COORDINATOR.one("CapabilityBoundingSet")).isEmpty();
        assertThat(GUESTD.one("CapabilityBoundingSet")).isEmpty();
        assertThat(SEALER.one("CapabilityBoundingSet")).isEmpty();
        assertThat(GUESTS.one("CapabilityBoundingSet")).isEmpty();
        assertThat(CACHE.one("CapabilityBoundingSet")).isEmpty();
    }

    @Test
    void whoTalksToTheNetwork_isNobody_andRootDoesNot() {
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
        says(COORDINATOR, Map.of("User", "mvm-coord", "Group", "mvm-coord"));
        says(HOSTD, Map.of("RestrictAddressFamilies", "AF_UNIX AF_NETLINK", "IPAddressDeny", "any"));
        says(LAUNCH, Map.of("RestrictAddressFamilies", "AF_UNIX AF_NETLINK", "IPAddressDeny", "any"));
        says(AGENTD, Map.of("IPAddressDeny", "any", "IPAddressAllow", "localhost")); // bootstrap adds the coordinator
    }

    /// Processes that read or seal guests share no user, network, device or file with another process.
    @ParameterizedTest
    @CsvSource({"guestd, 160M", "sealer, 256M"})
    void whoSeesGuests_hasWhatItWasHandedAndNothingElse(String process, String memory) {
        var unit = daemon("mvm-" + process + "@.service");
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
                        "NoExecPaths", "/",
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
                        "NoExecPaths", "/",
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

    /// Which has a guest's memory in its own, and the key of its sleep.
    @Test
    void sealersMemory_isInNoSwapAndNoDump() {
        says(SEALER, Map.of("MemorySwapMax", "0", "LimitCORE", "0", "LimitMEMLOCK", "1M"));
        assertThat(SEALER.one("ExecStart")).contains(" --enable-native-access=dev.mvm.linux ");
    }

    private static Unit daemon(String name) {
        return DAEMONS.stream()
                .filter(unit -> unit.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

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
                Map.of("CapabilityBoundingSet", "CAP_NET_ADMIN", "PrivateIPC", "yes", "ProtectControlGroups", "yes"));
        assertThat(HOSTD.has("Delegate")).isFalse();
        assertThat(HOSTD.one("LimitMEMLOCK")).isEqualTo("64M");
        assertThat(HOSTD.one("MemorySwapMax")).isEqualTo("0");
        assertThat(HOSTD.words("DeviceAllow").stream().filter(word -> word.startsWith("/") || word.contains("-")))
                .containsExactlyInAnyOrder("/dev/net/tun", "/dev/fuse");
    }

    /// In one directory of root's, which other units cover.
    @Test
    void socketsOfRoots_lieInADirectoryOfRoots() {
        for (var socket : List.of(LAUNCH_SOCKET, GUESTD_SOCKET, SEALER_SOCKET)) {
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

    /// With RestrictSUIDSGID= systemd answers openat2(2) with ENOSYS, and that is how hostd stays beneath a
    /// directory.
    @Test
    void setuidFiles_areForbidden_whereNobodyNeedsOpenat2() {
        assertThat(HOSTD.has("RestrictSUIDSGID")).isFalse();
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

    private static List<String> starts(Unit unit) {
        if (unit == HOSTD) {
            return List.of(START, JAVA);
        }
        return unit == GUESTD || unit == SEALER ? List.of(READER_START, JAVA) : List.of(JAVA);
    }

    @Test
    void jvms_areQuiet_andTakeTheirFlags() throws Exception {
        for (var unit : DAEMONS) {
            var command = List.of(unit.one("ExecStart").split(" +", -1));
            assertThat(command).startsWith(starts(unit).toArray(String[]::new));
            assertThat(command)
                    .as(unit.name())
                    .contains("-XX:-UsePerfData", "-XX:+DisableAttachMechanism", "-XX:-HeapDumpOnOutOfMemoryError");
            var flags = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
            command.stream().filter(word -> word.startsWith("-X")).forEach(flags::add);
            flags.add("-version");
            var java = new ProcessBuilder(flags).redirectErrorStream(true).start();
            var said = new String(java.getInputStream().readAllBytes(), UTF_8);
            assertThat(java.waitFor()).as(said).isZero();
        }
        assertThat(HOSTD.one("ExecStart")).contains("-XX:+ExitOnOutOfMemoryError");
        for (var unit : List.of(HOSTD, GUESTD, SEALER)) {
            assertThat(unit.one("ExecStart")).as(unit.name()).contains(" --enable-native-access=dev.mvm.linux ");
        }
        assertThat(AGENTD.one("ExecStart"))
                .contains(" --illegal-native-access=deny ")
                .doesNotContain("--enable-native-access");
    }

    /// Caches of mvm-cache.service are read by the processes they were made for, and written by nobody else.
    @Test
    void cachesOfClasses_areTheStartedProcesssToRead() {
        for (var name : List.of("hostd", "guestd", "sealer")) {
            var unit = DAEMONS.stream()
                    .filter(daemon -> daemon.name().contains(name))
                    .findFirst()
                    .orElseThrow();
            assertThat(unit.one("EnvironmentFile")).isEqualTo("-/var/cache/mvm/" + name + ".env");
            reaches(unit, "/var/cache/mvm/" + name + ".aot", false);
        }
    }

    @ParameterizedTest
    @CsvSource({"hostd,process/hostd/daemon", "agentd,process/agentd", "coordinator,process/coordinator"})
    void programs_knowWhatTheirUnitsTellThem(String process, String module) throws IOException {
        var unit = daemon("mvm-" + process + ".service");
        var command = unit.one("ExecStart");
        var main = Pattern.compile("(dev[.]mvm[.][.a-z]+[.]Main) (.*)$").matcher(command);
        assertThat(main.find()).isTrue();
        var sources = ROOT.resolve(module + "/src/main/java");
        assertThat(sources.resolve(main.group(1).replace('.', '/') + ".java")).exists();
        var text = new StringBuilder();
        try (var files = Files.walk(sources)) {
            for (var file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                text.append(Files.readString(file));
            }
        }
        for (var word : main.group(2).split(" ", -1)) {
            if (!word.startsWith("/")) {
                assertThat(text.indexOf('"' + word + '"'))
                        .as("%s of %s", word, unit.name())
                        .isPositive();
            }
        }
    }

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
                        "Delegate", "cpu memory pids",
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
    void consolesOfGuests_areInAJournalOfTheirOwn() throws IOException {
        says(LAUNCH, Map.of("LogNamespace", "mvm-guests", "LogRateLimitBurst", "1000"));
        for (var unit : List.of(HOSTD, AGENTD, GUESTD, SEALER, COORDINATOR)) {
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
        var readers = Unit.read(NODE.resolve("mvm-readers.slice"));
        says(readers, Map.of("MemoryMax", "50%", "MemorySwapMax", "0", "TasksMax", "32768"));
        says(GUESTD, Map.of("Slice", readers.name(), "CPUQuota", "100%"));
        says(SEALER, Map.of("Slice", readers.name(), "CPUQuota", "200%", "RuntimeMaxSec", "2400"));
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
        for (var module : List.of("tun", "fuse")) {
            assertThat(HOSTD.words("Wants")).contains("modprobe@" + module + ".service");
            assertThat(HOSTD.words("After")).contains("modprobe@" + module + ".service");
        }
        for (var module : List.of("loop", "dm_mod", "dm_crypt")) {
            assertThat(VOLUME_SOCKET.words("Wants")).contains("modprobe@" + module + ".service");
            assertThat(VOLUME_SOCKET.words("After")).contains("modprobe@" + module + ".service");
        }
        assertThat(HOSTD.words("Requires")).contains("mvm.slice"); // whose cgroup is a path below
    }

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
        reaches(COORDINATOR, "/var/lib/mvm-coordinator/store.db", true);
        reaches(COORDINATOR, "/etc/mvm/coordinator.toml", false);
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

    private static void reaches(Unit unit, String path, boolean toWrite) {
        if (unit.has("RootDirectory")) {
            var shown = new ArrayList<>(unit.words("BindReadOnlyPaths"));
            unit.words("StateDirectory").forEach(name -> shown.add("/var/lib/" + name));
            assertThat(shown.stream().filter(prefix -> beneath(path, prefix)))
                    .as("%s: %s is not in its world", unit.name(), path)
                    .isNotEmpty();
        }
        var closed = new ArrayList<>(unit.words("InaccessiblePaths"));
        closed.addAll(List.of("/home", "/root", "/tmp", "/var/tmp"));
        assertThat(closed.stream().filter(prefix -> beneath(path, prefix)))
                .as("%s: %s is closed", unit.name(), path)
                .isEmpty();
        if (toWrite) {
            var open = new ArrayList<>(unit.words("ReadWritePaths"));
            unit.words("StateDirectory").forEach(name -> open.add("/var/lib/" + name));
            unit.words("RuntimeDirectory").forEach(name -> open.add("/run/" + name));
            assertThat(open.stream().filter(prefix -> beneath(path, prefix)))
                    .as("%s: %s is read-only", unit.name(), path)
                    .isNotEmpty();
        }
    }

    private static boolean beneath(String path, String prefix) {
        return path.equals(prefix) || path.startsWith(prefix + "/");
    }

    /// Writable paths must exist, or the unit does not start.
    @Test
    void writablePaths_areMadeBeforehand() throws IOException {
        var made = Files.readString(ROOT.resolve("packaging/debian/node/tmpfiles.conf"));
        for (var unit : List.of(HOSTD, AGENTD, LAUNCH, GUESTS)) {
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
