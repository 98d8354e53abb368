package dev.mvm.documents.units;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Units as they are shipped. That they are also obeyed is for the suites on the node machine to show.
final class Units {
    static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
    static final Path NODE = ROOT.resolve("packaging/debian/node/units");
    static final Unit HOSTD = Unit.read(NODE.resolve("mvm-hostd.service"));
    static final Unit AGENTD = Unit.read(NODE.resolve("mvm-agentd.service"));
    static final Unit LAUNCH = Unit.read(NODE.resolve("mvm-launch@.service"));
    static final Unit NETD = Unit.read(NODE.resolve("mvm-netd@.service"));
    static final Unit GUESTD = Unit.read(NODE.resolve("mvm-guestd@.service"));
    static final Unit SEALER = Unit.read(NODE.resolve("mvm-sealer@.service"));
    static final Unit GUESTS = Unit.read(NODE.resolve("mvm-guests.service"));
    static final Unit CACHE = Unit.read(NODE.resolve("mvm-cache.service"));
    static final Unit HOSTD_SOCKET = Unit.read(NODE.resolve("mvm-hostd.socket"));
    static final Unit LAUNCH_SOCKET = Unit.read(NODE.resolve("mvm-launch.socket"));
    static final Unit NETD_SOCKET = Unit.read(NODE.resolve("mvm-netd.socket"));
    static final Unit GUESTD_SOCKET = Unit.read(NODE.resolve("mvm-guestd.socket"));
    static final Unit SEALER_SOCKET = Unit.read(NODE.resolve("mvm-sealer.socket"));
    static final Unit VOLUME = Unit.read(NODE.resolve("mvm-volume@.service"));
    static final Unit VOLUME_SOCKET = Unit.read(NODE.resolve("mvm-volume.socket"));
    static final Unit ATTEST = Unit.read(NODE.resolve("mvm-attest@.service"));
    static final Unit ATTEST_SOCKET = Unit.read(NODE.resolve("mvm-attest.socket"));
    static final Unit SLICE = Unit.read(NODE.resolve("mvm.slice"));
    static final Unit COORDINATOR =
            Unit.read(ROOT.resolve("packaging/debian/coordinator/units/mvm-coordinator.service"));
    static final Path KEYD_UNITS = ROOT.resolve("packaging/debian/keyd/units");
    static final Unit KEYD = Unit.read(KEYD_UNITS.resolve("mvm-keyd.service"));
    static final Unit KEYD_SOCKET = Unit.read(KEYD_UNITS.resolve("mvm-keyd.socket"));
    static final Unit KEYD_DOCUMENTS_SOCKET = Unit.read(KEYD_UNITS.resolve("mvm-keyd-documents.socket"));
    static final Unit KEYD_RELAY = Unit.read(KEYD_UNITS.resolve("mvm-keyd-relay.service"));
    static final Unit KEYD_RELAY_SOCKET = Unit.read(KEYD_UNITS.resolve("mvm-keyd-relay.socket"));
    static final Path COORDINATOR_UNITS = ROOT.resolve("packaging/debian/coordinator/units");
    static final Unit COORDINATOR_RELAY = Unit.read(COORDINATOR_UNITS.resolve("mvm-coordinator-relay.service"));
    static final Unit COORDINATOR_RELAY_SOCKET = Unit.read(COORDINATOR_UNITS.resolve("mvm-coordinator-relay.socket"));
    static final List<Unit> DAEMONS = List.of(HOSTD, NETD, GUESTD, SEALER, AGENTD, COORDINATOR, KEYD);
    static final List<Unit> CONFINED = List.of(
            HOSTD,
            NETD,
            GUESTD,
            SEALER,
            AGENTD,
            COORDINATOR,
            KEYD,
            LAUNCH,
            VOLUME,
            ATTEST,
            KEYD_RELAY,
            COORDINATOR_RELAY);
    static final String START = "/usr/lib/mvm/mvm-hostd-start";
    static final String READER_START = "/usr/lib/mvm/mvm-reader-start";
    static final String JAVA = "/usr/lib/jvm/java-25-openjdk-amd64/bin/java";

    private Units() {}

    static void says(Unit unit, Map<String, String> lines) {
        lines.forEach((key, value) -> assertThat(unit.all(key))
                .as("%s: %s=", unit.name(), key)
                .isNotEmpty()
                .last()
                .isEqualTo(value));
    }

    static Unit daemon(String name) {
        return DAEMONS.stream()
                .filter(unit -> unit.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static void reaches(Unit unit, String path, boolean toWrite) {
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

    static boolean beneath(String path, String prefix) {
        return path.equals(prefix) || path.startsWith(prefix + "/");
    }
}
