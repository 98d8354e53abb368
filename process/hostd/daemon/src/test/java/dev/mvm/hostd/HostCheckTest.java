package dev.mvm.hostd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.model.FirecrackerVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HostCheckTest {
    @TempDir
    private Path folder;

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
        var found = HostCheck.advisory(FirecrackerVersion.parse(version));
        assertThat(found).startsWith(advisory.isEmpty() ? "" : version + " has " + advisory + " ");
        assertThat(found.isEmpty()).isEqualTo(advisory.isEmpty());
    }

    private String program(String permissions, byte[] content) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        var file = Files.write(folder.resolve("firecracker"), content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        return "firecracker";
    }

    private static byte[] withVersion(int at) {
        var content = new byte[200_000];
        Arrays.fill(content, (byte) '1');
        var version = "1.16.1".getBytes(US_ASCII);
        System.arraycopy(version, 0, content, at, version.length);
        return content;
    }

    @Test
    void programOfTheVersion_isFoundWhereverItSaysSo() throws Exception {
        for (int at : new int[] {0, 65_531, 65_535, 65_536, 131_070, 199_994}) {
            assertThat(HostCheck.program(folder, program("rwxr-x---", withVersion(at)), "1.16.1"))
                    .isEqualTo("1.16.1");
        }
    }

    @Test
    @Tag("claim-H9")
    void programThatIsNotThere_OrOthersMayWrite_orIsOfAnotherVersion_isSaidSo() throws Exception {
        assertThatThrownBy(() -> HostCheck.program(folder, "jailer", "1.16.1"))
                .hasMessage(folder.resolve("jailer") + " is not there");
        program("rwxrwx---", withVersion(0));
        var file = folder.resolve("firecracker");
        assertThatThrownBy(() -> HostCheck.program(folder, "firecracker", "1.16.1"))
                .hasMessage(file + " is not root's alone");
        program("rwxr-xrwx", withVersion(0));
        assertThatThrownBy(() -> HostCheck.program(folder, "firecracker", "1.16.1"))
                .hasMessage(file + " is not root's alone");
        program("rwxr-xr-x", withVersion(0));
        assertThatThrownBy(() -> HostCheck.program(folder, "firecracker", "1.15.1"))
                .hasMessage(file + " is not of version 1.15.1");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> HostCheck.program(folder, "firecracker", "1.16.1"))
                .hasMessage(folder + " is not root's alone");
    }

    /// In this JVM's own mount namespace.
    @ParameterizedTest
    @CsvSource({
        "subuid, alice:1879048192:1, false",
        "subuid, alice:100000:1878948192, true",
        "subuid, alice:100000:1878948193, false",
        "subgid, alice:1880096767:1, false",
        "subgid, alice:1880096768:65536, true",
        "passwd, vm:x:1879048200:100::/:/bin/sh, false",
        "group, vm:x:1880096767:, false",
        "group, +:::, true"
    })
    @Tag("claim-H9")
    void idsOfMicroVms_belongToNobodyElse(String file, String line, boolean good) throws Exception {
        var etc = Path.of("/etc", file);
        assumeTrue(Files.exists(etc));
        var content = Files.writeString(folder.resolve(file), "root:x:0:0:root:/root:/bin/sh\n" + line + "\n");
        run("mount", "--bind", content.toString(), etc.toString());
        try {
            if (good) {
                assertThat(HostCheck.userIds()).isEqualTo("1879048192 to 1880096767 are microVMs' alone");
            } else {
                assertThatThrownBy(HostCheck::userIds)
                        .hasMessageStartingWith("/etc/" + file + " has ")
                        .hasMessageEndingWith(" of " + line.split(":", 2)[0]);
            }
        } finally {
            run("umount", etc.toString());
        }
    }

    private static void run(String... command) throws Exception {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }
}
