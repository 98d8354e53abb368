package dev.mvm.documents.units;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The part of the host that hostd's unit shows it. `51-attack-hostd` looks at it from inside.
final class HostdWorldTest {
    private static final Path NODE =
            Path.of("../../packaging/debian/node").toAbsolutePath().normalize();
    private static final Unit HOSTD = Unit.read(NODE.resolve("units/mvm-hostd.service"));

    @Test
    @Tag("claim-P3")
    void world_isEmptyButForWhatHostdUses() {
        assertThat(HOSTD.one("RootDirectory")).isEqualTo("/run/mvm-world");
        assertThat(HOSTD.words("BindReadOnlyPaths"))
                .containsExactlyInAnyOrder(
                        "/usr/lib/x86_64-linux-gnu",
                        "/usr/lib64:/lib64",
                        "/usr/lib/jvm/java-25-openjdk-amd64",
                        "/etc/java-25-openjdk",
                        "/usr/lib/mvm/hostd",
                        "/usr/lib/mvm/mvm-hostd-start",
                        "/var/cache/mvm",
                        "/etc/mvm/hostd.conf",
                        "/etc/mvm/root.dsse",
                        "/run/mvm-hostd",
                        "/var/spool/mvm",
                        "/run/mvm",
                        "/run/mvm-root");
        assertThat(HOSTD.words("BindPaths")).containsExactly("/dev/fuse");
        assertThat(HOSTD.one("PrivateDevices")).isEqualTo("yes");
        assertThat(HOSTD.words("InaccessiblePaths")).containsExactly("/sys", "/proc/sys/fs/binfmt_misc");
        assertThat(HOSTD.one("ProtectSystem")).isEqualTo("strict");
        assertThat(HOSTD.words("ReadWritePaths")).containsExactly("/run/mvm/hostd.out-of-service");
    }

    /// Of what it may write, nothing is executed.
    @Test
    void programs_areTheJvmAlone() {
        assertThat(HOSTD.one("NoExecPaths")).isEqualTo("+/");
        assertThat(HOSTD.all("ExecPaths"))
                .containsExactly("+/usr/lib/mvm/mvm-hostd-start +/usr/lib/jvm/java-25-openjdk-amd64"
                        + " +/usr/lib/x86_64-linux-gnu");
    }

    /// Without a plus sign systemd takes them for the host's, which are not in this world; systemd.exec(5).
    @Test
    void pathsThatAreClosedOrOpened_areThoseOfTheWorld() {
        for (var key :
                new String[] {"ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths", "NoExecPaths", "ExecPaths"}) {
            for (var value : HOSTD.all(key)) {
                assertThat(value.split(" ", -1)).as(key).allMatch(path -> path.matches("-?\\+/.*"));
            }
        }
    }

    @Test
    void world_isMadeBeforehand() throws IOException {
        assertThat(Files.readString(NODE.resolve("tmpfiles.conf")))
                .contains("d /run/mvm-world 0755 root root -\n", "L /run/mvm-world/lib - - - - usr/lib\n");
    }
}
