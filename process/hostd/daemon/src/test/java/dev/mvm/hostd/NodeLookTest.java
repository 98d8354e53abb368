package dev.mvm.hostd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.protocol.hostd.Observation.Finding;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Tests of `mvm-node look`, the scripts as they are in the package, whose lines [HostCheck] reads.
final class NodeLookTest {
    private static final String OWNED = "safely_owned() { true; }; ";

    @TempDir
    private Path folder;

    @BeforeEach
    void layOut() throws IOException {
        var configuration = "node = n-1\nfirecracker = 1.16.1\nservice-sockets = " + folder + "\n";
        for (var name : List.of("hostd", "launch", "netd", "guestd", "sealer", "volume")) {
            var socket = folder.resolve(name + ".sock");
            try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                listener.bind(UnixDomainSocketAddress.of(socket)); // the file stays
            }
            Files.setPosixFilePermissions(
                    socket, PosixFilePermissions.fromString(name.equals("hostd") ? "rw-rw----" : "rw-------"));
        }
        Files.writeString(folder.resolve("hostd.conf"), configuration);
        Files.writeString(folder.resolve("cgroup.controllers"), "cpuset cpu io memory pids\n");
        Files.createDirectory(folder.resolve("dm_crypt"));
        Files.createFile(folder.resolve("libnftables.so.1"));
        for (var name : List.of("jailer", "firecracker")) {
            Files.writeString(folder.resolve(name), "\u007fELF\0 v1.16.1\0");
        }
        for (var name : List.of("passwd", "group", "subuid", "subgid")) {
            Files.writeString(folder.resolve(name), "root:x:0:0:root:/root:/bin/sh\n");
        }
    }

    @Test
    void hostAsItMustBe_hasNoComplaint() throws Exception {
        var check = look(OWNED + "DEVICE_MAPPER=/dev/null; ");
        assertThat(check.complaints).isEmpty();
        assertThat(check.findings)
                .contains(
                        new Finding("cgroups", true, "cpuset cpu io memory pids"),
                        new Finding("jailer", true, "1.16.1"),
                        new Finding("fuse", true, "there"),
                        new Finding("device-mapper", true, "with dm_crypt"),
                        new Finding(
                                "launch", true, folder.resolve("launch.sock").toString()),
                        new Finding("user ids", true, "1879048192 to 1880096767 are microVMs' alone"));
    }

    @Test
    void keyAtRest_isSaid_andIsNoReasonToRefuse() throws Exception {
        for (var said : List.of("missing", "a plain file: a copy of it is the key", "not encrypted by mvm-node")) {
            var check = look(OWNED + "DEVICE_MAPPER=/dev/null; ");
            assertThat(check.findings).contains(new Finding("key at rest", true, said));
            assertThat(check.complaints).isEmpty();
            Files.deleteIfExists(folder.resolve("node"));
            Files.writeString(folder.resolve(said.equals("missing") ? "node" : "node-key"), "AAAA");
        }
    }

    @Test
    void cgroupsThatLackAController_orAreNotThere_areSaidSo() throws Exception {
        var file = Files.writeString(folder.resolve("cgroup.controllers"), "cpuset io memory pids\n");
        assertThat(found("cgroups")).isEqualTo("cpuset io memory pids");
        Files.delete(file);
        assertThat(found("cgroups")).isEqualTo("no access to " + file);
    }

    @Test
    @Tag("claim-H9")
    void programThatIsNotThere_orOthersMayWrite_orIsOfAnotherVersion_isSaidSo() throws Exception {
        var file = folder.resolve("firecracker");
        Files.writeString(file, "v1.15.1");
        assertThat(found(OWNED, "firecracker")).isEqualTo(file + " is not of version 1.16.1");
        Files.writeString(file, "v1x16.1");
        assertThat(found(OWNED, "firecracker")).isEqualTo(file + " is not of version 1.16.1");
        Files.writeString(file, "v1.16.1");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwx---"));
        assertThat(found("firecracker")).isEqualTo(file + " is not root's alone");
        Files.delete(file);
        assertThat(found("firecracker")).isEqualTo(file + " is not there");
        Files.createSymbolicLink(file, folder.resolve("jailer"));
        assertThat(found("firecracker")).isEqualTo(file + " is not root's alone");
    }

    /// `/tmp`, which everybody may write, is above the folder of this test; a mount of its own is not.
    @Test
    @Tag("claim-H9")
    void programThatIsRootsAlone_isFound_andInAFolderThatOthersMayWriteIsNot() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/"), "unix:uid").equals(0), "/ is root's");
        run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/mnt");
        try {
            var file = Files.writeString(Path.of("/mnt/jailer"), "v1.16.1");
            assertThat(look("LIBRARY=/mnt; ").findings).contains(new Finding("jailer", true, "1.16.1"));
            Files.setPosixFilePermissions(Path.of("/mnt"), PosixFilePermissions.fromString("rwxrwxr-x"));
            assertThat(found("LIBRARY=/mnt; ", "jailer")).isEqualTo(file + " is not root's alone");
        } finally {
            run("umount", "/mnt");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0.25.2, CVE-2026-1386",
        "1.13.1, CVE-2026-1386",
        "1.13.2, CVE-2026-5747",
        "1.14.0, CVE-2026-1386",
        "1.14.1, CVE-2026-5747",
        "1.14.3, CVE-2026-5747",
        "1.15.0, CVE-2026-5747",
        "1.15.0-dev, ''",
        "1.14.4, ''",
        "1.15.1, ''",
        "1.16.0, firecracker#5958",
        "1.16.1, ''",
        "1.17.0-dev, ''"
    })
    @Tag("claim-H9")
    void versionWithAnAdvisory_isKnown(String version, String advisory) throws Exception {
        var configuration = folder.resolve("hostd.conf");
        Files.writeString(configuration, Files.readString(configuration).replace("1.16.1", version));
        assertThat(found("advisories") + " ")
                .startsWith(
                        advisory.isEmpty() ? "no advisory names " + version + " " : version + " has " + advisory + " ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hostd", "launch", "netd", "guestd", "sealer", "volume"})
    @Tag("claim-H9")
    void socketThatIsReplaced_orOpenToOthers_orNotThere_isSaidSo(String name) throws Exception {
        var socket = folder.resolve(name + ".sock");
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertThat(found(name)).isEqualTo(socket + " is not root's own socket");
        Files.delete(socket);
        assertThat(found(name)).isEqualTo(socket + " is not root's own socket");
        Files.writeString(socket, "somebody's notes");
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        assertThat(found(name)).isEqualTo(socket + " is not root's own socket");
    }

    @Test
    void room_isThatOfTheStateDirectory() throws Exception {
        assertThat(found("df() { printf 'x\\nx 1 1 255 1 x\\n'; }; ", "room"))
                .isEqualTo("255 MiB are free in " + folder);
        assertThat(look("df() { printf 'x\\nx 1 1 255 1 x\\n'; }; ").complaints)
                .contains("room: 255 MiB are free in " + folder + "; remove what is not needed there");
        assertThat(look("df() { printf 'x\\nx 1 1 256 1 x\\n'; }; ").findings)
                .contains(new Finding("room", true, "256 MiB are free in " + folder));
    }

    @Test
    void deviceMapperThatIsNotThere_orHasNoCrypt_isSaidSo() throws Exception {
        assertThat(found("DEVICE_MAPPER=/dev/absent; ", "device-mapper")).isEqualTo("/dev/absent is not there");
        Files.delete(folder.resolve("dm_crypt"));
        assertThat(found("DEVICE_MAPPER=/dev/null; ", "device-mapper")).isEqualTo("without dm_crypt");
    }

    @Test
    void packetFilterThatCannotBeMade_isSaidSo() throws Exception {
        assertThat(found("nftables")).isEqualTo("libnftables.so.1 is there");
        Files.delete(folder.resolve("libnftables.so.1"));
        assertThat(found("nftables")).isEqualTo("libnftables.so.1 is missing");
    }

    @ParameterizedTest
    @CsvSource({
        "subuid, alice:1879048192:1, 1879048192",
        "subuid, alice:100000:1878948192, ''",
        "subuid, alice:100000:1878948193, 100000",
        "subgid, alice:1880096767:1, 1880096767",
        "subgid, alice:1880096768:65536, ''",
        "passwd, alice:x:1879048200:100::/:/bin/sh, 1879048200",
        "group, alice:x:1880096767:, 1880096767",
        "group, +:::, ''"
    })
    @Tag("claim-H9")
    void idsOfMicroVms_belongToNobodyElse(String name, String line, String first) throws Exception {
        var file = Files.writeString(folder.resolve(name), "root:x:0:0:root:/root:/bin/sh\n" + line + "\n");
        assertThat(found("user ids"))
                .isEqualTo(
                        first.isEmpty()
                                ? "1879048192 to 1880096767 are microVMs' alone"
                                : file + " has " + first + " of alice");
    }

    private String found(String name) throws Exception {
        return found("", name);
    }

    private String found(String settings, String name) throws Exception {
        return look(settings).findings.stream()
                .filter(finding -> finding.name().equals(name))
                .findFirst()
                .orElseThrow()
                .found();
    }

    /// Runs the script against this test's folder, and has hostd read its lines.
    private SelfCheck look(String settings) throws Exception {
        var scripts = repository().resolve("packaging/debian/node/tool");
        var written = folder.resolve("host");
        run(
                "bash",
                "-euo",
                "pipefail",
                "-c",
                "PARTS=" + scripts + "; . " + scripts + "/facts.sh; . " + scripts
                        + "/node-key.sh; . " + scripts
                        + "/look.sh; LIBRARY=$1 CONFIGURATION=$1 CGROUPS=$1 HOSTD_STATE=$1 KEY_FILE=$1/node "
                        + "KEY_CREDENTIAL=$1/node-key "
                        + "KERNEL_MODULES=$1 LIBRARIES=$1 ACCOUNTS=$1 HOSTD_SOCKET=$1/hostd.sock; "
                        + settings + "node_look >$1/host",
                "look",
                folder.toString());
        var check = new SelfCheck();
        HostCheck.seenAhead(written, check);
        assertThat(check.findings).contains(new Finding("host", true, "looked at by mvm-node before this start"));
        return check;
    }

    private static Path repository() {
        var folder = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(folder.resolve("packaging/debian"))) {
            folder = requireNonNull(folder.getParent());
        }
        return folder;
    }

    private static void run(String... command) throws Exception {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var text = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
    }
}
