package dev.mvm.keyd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.keyd.release.KeydFleet;
import dev.mvm.model.Digest;
import dev.mvm.protocol.keyd.service.KeydClient;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.Reboot;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/// A folder in which mvm-keyd runs as a process, with a fleet's root and its one node.
final class KeydSite {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    final Path folder;
    final Ceremony ceremony = new Ceremony();
    final Ceremony.Key identity = Ceremony.Key.fresh();
    final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    KeydSite(Path folder) throws Exception {
        this.folder = folder;
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectory(folder.resolve("master"), mode);
    }

    Path config(String name) throws Exception {
        Files.createDirectories(folder.resolve(name));
        Files.createDirectories(folder.resolve(name + "-run"));
        return Files.writeString(
                folder.resolve(name + ".conf"), """
                    mode = dev
                    state-directory = %1$s/%2$s
                    runtime-directory = %1$s/%2$s-run
                    coordinator-uid = %3$s
                    signing-key = %1$s/keyd.key
                    master = file:%1$s/master
                    """.formatted(folder, name, Files.getAttribute(folder, "unix:uid")));
    }

    static void succeeds(String... words) {
        assertThat(Main.run(List.of(words))).as(String.join(" ", words)).isEqualTo(Main.DONE);
    }

    static void fails(String... words) {
        assertThat(Main.run(List.of(words))).as(String.join(" ", words)).isEqualTo(Main.FAILED);
    }

    /// Starts mvm-keyd, and waits until it serves.
    Running start(String name) throws Exception {
        return new Running(name);
    }

    /// A running mvm-keyd.
    final class Running implements AutoCloseable {
        final Process process;
        final KeydClient coordinators;
        final KeydClient documents;

        private Running(String name) throws Exception {
            process = new ProcessBuilder(List.of(
                            System.getProperty("java.home") + "/bin/java",
                            "-Xmx128m",
                            "-XX:+UseSerialGC",
                            "-XX:-UsePerfData",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Main.class.getName(),
                            "run",
                            "--config",
                            folder.resolve(name + ".conf").toString()))
                    .redirectErrorStream(true)
                    .start();
            serving(process.inputReader());
            coordinators = new KeydClient(folder.resolve(name + "-run/keyd.sock"), PATIENCE);
            documents = new KeydClient(folder.resolve(name + "-run/documents.sock"), PATIENCE);
        }

        private static void serving(BufferedReader output) throws Exception {
            var all = new StringBuilder();
            for (var line = output.readLine(); line != null; line = output.readLine()) {
                all.append(line).append('\n');
                if (line.contains("mvm-keyd of fleet")) {
                    return;
                }
            }
            throw new AssertionError("it does not serve: " + all);
        }

        @Override
        public void close() {
            process.destroy();
            process.onExit().join();
        }
    }

    TrustRoot root() throws Exception {
        var plain = ceremony.rootWithNodeKey(1);
        var roles = new HashMap<>(plain.roles());
        var key = VerifyKey.ofBase64(
                Files.readString(folder.resolve("keyd.key.pub")).strip());
        roles.put(Role.KEYS, new TrustRoot.Keys(1, List.of(key)));
        return Ceremony.root(1, now.minusSeconds(60), now.plus(Duration.ofDays(30)), roles);
    }

    byte[] node() throws Exception {
        var traits = new NodeTraits(
                List.of(KeydFleet.RACK),
                Optional.empty(),
                NodeTraits.Largest.UNLIMITED,
                4,
                Reboot.GO,
                Optional.empty(),
                List.of());
        var document = new NodeDocument(
                Digest.of(Payloads.of(root())),
                Ceremony.NODE,
                1,
                now,
                now.plus(Duration.ofDays(30)),
                Optional.of(identity.verifyKey()),
                traits);
        return Ceremony.signed(NodeDocument.TYPE, Payloads.of(document), ceremony.nodeKey);
    }

    void begin() throws Exception {
        var config = config("one").toString();
        succeeds("make-signing-key", "--config", config);
        var file = folder.resolve("root.dsse");
        Files.write(file, Ceremony.signed(DocumentType.ROOT, Payloads.of(root()), ceremony.rootKey));
        fails("init", "--config", config, "--root", file.toString(), "--pin", Ceremony.SOME.value());
        var pin = Digest.of(Payloads.of(root())).value();
        succeeds("init", "--config", config, "--root", file.toString(), "--pin", pin);
        fails("init", "--config", config, "--root", file.toString(), "--pin", pin);
    }
}
