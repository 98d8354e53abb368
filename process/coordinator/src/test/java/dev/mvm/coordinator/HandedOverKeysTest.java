package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.crypto.sign.KeyFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys that a service manager hands over in place of files, in a JVM of its own, whose environment says where.
final class HandedOverKeysTest {
    @TempDir
    private Path folder;

    private record Said(int status, String text) {}

    /// The command line, which tells which state key it would open.
    static final class Commands {
        public static void main(String[] args) {
            var line = new CommandLine(
                    (_, _, stateKey, _) -> {
                        System.out.println("state key at " + stateKey);
                        throw new DocumentRefusedException("no_key", "far enough");
                    },
                    System.out,
                    System.out);
            System.exit(line.run(List.of(args)));
        }
    }

    private Path handed() {
        return folder.resolve("handed");
    }

    private Said run(boolean withKeys, String... words) throws Exception {
        var command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "--enable-native-access=ALL-UNNAMED",
                Commands.class.getName()));
        command.addAll(List.of(words));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        if (withKeys) {
            builder.environment().put("CREDENTIALS_DIRECTORY", handed().toString());
        }
        var process = builder.start();
        try (var output = process.getInputStream()) {
            var text = new String(output.readAllBytes(), UTF_8);
            return new Said(process.waitFor(), text);
        }
    }

    private String state() {
        return folder.resolve("state").toString();
    }

    private String config() {
        return folder.resolve("c.toml").toString();
    }

    /// Moves a key as systemd hands it over: its access list shows as permissions of the group.
    private void handOver(Path file) throws Exception {
        Files.createDirectories(handed());
        var to = Files.move(file, handed().resolve("mvm-coordinator." + file.getFileName()));
        Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("r--r-----"));
    }

    private Path authorityKey() throws Exception {
        try (var files = Files.newDirectoryStream(folder.resolve("state/fleet"), "authority-*.key")) {
            return files.iterator().next();
        }
    }

    @BeforeEach
    void fleet() throws Exception {
        assertThat(run(false, "init", "--dir", state()).status()).isZero();
        KeyFile.create(folder.resolve("state/state.key")).close();
        Files.writeString(folder.resolve("c.toml"), """
                mode = "dev"
                state-dir = "%s"
                [agent]
                listen = "127.0.0.1:0"
                [keyd]
                socket = "/s"
                [trust]
                root = "/r"
                pin = "sha256:abababababababababababababababababababababababababababababababab"
                state-key = "%s/state.key"
                """.formatted(state(), state()));
    }

    private Said enrol(boolean withKeys, String name) throws Exception {
        return run(
                withKeys,
                "enrol",
                "--dir",
                state(),
                "--node",
                name,
                "--out",
                folder.resolve(name).toString());
    }

    @Test
    @Tag("claim-K8")
    void authoritysKey_isReadFromItsCredential_andFromNowhereWithoutIt() throws Exception {
        handOver(authorityKey());
        var without = enrol(false, "edge-1");
        assertThat(without.status()).isEqualTo(CommandLine.FAILED);
        assertThat(without.text()).contains("no_key").hasLineCount(1);
        var with = enrol(true, "edge-2");
        assertThat(with.status()).as(with.text()).isZero();
    }

    @Test
    void report_saysHowEachIsKept() throws Exception {
        var authority = authorityKey();
        assertThat(run(true, "keys", "--config", config()).text())
                .isEqualTo("authority file %s\nstate file %s/state.key\n".formatted(authority, state()));
        handOver(authority);
        handOver(Path.of(state(), "state.key"));
        assertThat(run(true, "keys", "--config", config()).text())
                .isEqualTo("authority credential %s\nstate credential %s/state.key\n".formatted(authority, state()));
        assertThat(run(false, "keys", "--config", config()).text()).contains("state missing ");
    }

    @Test
    void stateKey_isItsFileIfItIsThere_andElseItsCredential() throws Exception {
        var file = Path.of(state(), "state.key");
        assertThat(run(true, "serve", "--config", config()).text()).contains("state key at " + file + "\n");
        handOver(file);
        assertThat(run(true, "serve", "--config", config()).text())
                .contains("state key at " + handed().resolve("mvm-coordinator.state.key") + "\n");
    }

    @Test
    @Tag("claim-K8")
    void permissionsOfAGroup_areForWhatIsHandedOverOnly() throws Exception {
        Files.createDirectories(handed());
        Files.setPosixFilePermissions(authorityKey(), PosixFilePermissions.fromString("r--r-----"));
        var said = enrol(true, "edge-1");
        assertThat(said.status()).isEqualTo(CommandLine.FAILED);
        assertThat(said.text()).contains("others may read");
    }
}
