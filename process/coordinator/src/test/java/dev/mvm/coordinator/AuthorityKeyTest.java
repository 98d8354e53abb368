package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.EarlierAuthority;
import dev.mvm.coordinator.pki.FleetDirectory;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.crypto.sign.KeyFile;
import dev.mvm.crypto.sign.SoftToken;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Places in which the authority's key may be: certificates that it signs are used over real TLS handshakes.
final class AuthorityKeyTest {
    private static final String LABEL = "fleet";

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream told = new ByteArrayOutputStream();
    private final List<TestFleet> started = new ArrayList<>();

    private Path state() {
        return folder.resolve("state");
    }

    private int run(String... words) {
        told.reset();
        var out = new PrintStream(told, true, UTF_8);
        return new CommandLine((_, _, _, _) -> new FakeDocuments().documents(), out, out).run(Arrays.asList(words));
    }

    private int rotate(String step, String... options) {
        var words = new ArrayList<>(List.of("rotate-authority", step, "--dir", state().toString()));
        words.addAll(Arrays.asList(options));
        return run(words.toArray(String[]::new));
    }

    private TestFleet fleet() throws Exception {
        var fleet = TestFleet.start(folder);
        started.add(fleet);
        return fleet;
    }

    @AfterEach
    void stop() throws Exception {
        for (var fleet : started) {
            fleet.close();
        }
    }

    private SoftToken token() throws Exception {
        assumeTrue(Files.exists(SoftToken.MODULE), "SoftHSM is not installed: apt-get install softhsm2 opensc");
        return SoftToken.in(Files.createDirectories(folder.resolve("hsm"))).token(LABEL);
    }

    private List<String> authorities() throws Exception {
        return Files.readAllLines(state().resolve("fleet/ca.pem"));
    }

    private List<String> keyFiles() throws Exception {
        try (var files = Files.list(state().resolve("fleet"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("authority-"))
                    .toList();
        }
    }

    private static Path node(TestFleet fleet, String name) throws Exception {
        return fleet.credential(CertificateRole.NODE, name, Duration.ofDays(1), Instant.now());
    }

    @Test
    @Tag("claim-K7")
    void keyInAToken_signsAndIsInNoFile() throws Exception {
        var reference = token().key(LABEL, "ca", "01").reference("token=fleet;object=ca");
        assertThat(run("init", "--dir", state().toString(), "--authority-key", reference))
                .as(told.toString(UTF_8))
                .isZero();
        assertThat(authorities()).first().isEqualTo("key: " + reference);
        assertThat(authorities()).noneMatch(line -> line.contains("PRIVATE KEY"));
        assertThat(keyFiles()).isEmpty();
        var fleet = fleet();
        var renewed = Renewals.renew(fleet.connect(node(fleet, "edge-1"))).into(folder.resolve("renewed"));
        Renewals.renew(fleet.connect(renewed));
    }

    @Test
    @Tag("claim-K7")
    void runningFleet_movesToATokenAndItsOldKeyFileGoes() throws Exception {
        var fleet = fleet();
        var early = node(fleet, "edge-1");
        assertThat(keyFiles()).hasSize(1);
        var reference = token().key(LABEL, "ca", "01").reference("token=fleet;object=ca");
        assertThat(rotate("start", "--authority-key", reference)).isZero();
        var kept = Renewals.renew(fleet.connect(early)).into(folder.resolve("kept"));
        assertThat(keyFiles()).as("the old one signs for the coordinator").hasSize(1);
        assertThat(rotate("finish")).as(told.toString(UTF_8)).isZero();
        assertThat(keyFiles()).isEmpty();
        fleet.restart();
        Renewals.renew(fleet.connect(kept));
    }

    @Test
    void otherKeyUnderTheSameReference_signsNothing() throws Exception {
        var reference = token().key(LABEL, "ca", "01").reference("token=fleet;object=ca");
        EarlierAuthority.create(state(), reference);
        assertThat(rotate("start")).isZero();
        var files = keyFiles();
        assertThat(files).hasSize(1);
        var second = folder.resolve("second");
        Files.move(state(), second);
        assertThat(run("init", "--dir", state().toString())).isZero();
        Files.copy(
                state().resolve("fleet").resolve(keyFiles().getFirst()),
                second.resolve("fleet").resolve(files.getFirst()),
                StandardCopyOption.REPLACE_EXISTING);
        assertThat(run(
                        "enrol",
                        "--dir",
                        second.toString(),
                        "--node",
                        "edge-1",
                        "--out",
                        folder.resolve("out").toString()))
                .isEqualTo(CommandLine.FAILED);
        assertThat(told.toString(UTF_8))
                .contains("another one than its certificate's")
                .hasLineCount(1);
    }

    /// A coordinator that runs has opened the key that was there before.
    @Test
    void nextKeyUnderTheSameReference_signsForTheNextAuthority() throws Exception {
        var file = folder.resolve("ca.key");
        KeyFile.create(file).close();
        EarlierAuthority.create(state(), file.toString());
        var node = new Peer(CertificateRole.NODE, "edge-1");
        try (var running = new FleetDirectory(state())) {
            running.enrol(node, Duration.ofDays(1), folder.resolve("first"), Instant.now());
            Files.delete(file);
            Files.delete(KeyFile.publicHalf(file));
            KeyFile.create(file).close();
            assertThat(rotate("replace", "--authority-key", file.toString())).isZero();
            running.enrol(node, Duration.ofDays(1), folder.resolve("second"), Instant.now());
        }
        assertThat(folder.resolve("second/ca.pem")).exists();
    }

    @Test
    void missingKey_endsTheStartInOneLine() throws Exception {
        assertThat(run("init", "--dir", state().toString())).isZero();
        Files.delete(state().resolve("fleet").resolve(keyFiles().getFirst()));
        assertThatThrownBy(() -> TestFleet.start(folder))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("no_key")
                .hasMessageNotContaining("\n");
    }

    @Test
    void authorityOfAnEarlierVersion_goesOnAndIsReplaced() throws Exception {
        EarlierAuthority.create(state(), Instant.now());
        var fleet = fleet();
        var early = node(fleet, "edge-1");
        Renewals.renew(fleet.connect(early));
        assertThat(rotate("start")).as(told.toString(UTF_8)).isZero();
        assertThat(authorities()).contains("-----BEGIN PRIVATE KEY-----").anyMatch(line -> line.startsWith("key: "));
        assertThat(rotate("undo")).as(told.toString(UTF_8)).isZero();
        Renewals.renew(fleet.connect(early));
        assertThat(rotate("undo")).as(told.toString(UTF_8)).isZero();
        var kept = Renewals.renew(fleet.connect(early)).into(folder.resolve("kept"));
        assertThat(rotate("finish")).as(told.toString(UTF_8)).isZero();
        assertThat(authorities()).noneMatch(line -> line.contains("PRIVATE KEY"));
        fleet.restart();
        Renewals.renew(fleet.connect(kept));
    }

    @Test
    void referencesThatNameNoOneKey_areRefusedInOneLine() throws Exception {
        var dir = state().toString();
        assertThat(run("init", "--dir", dir, "--authority-key", "transit:fleet"))
                .isEqualTo(CommandLine.FAILED);
        assertThat(told.toString(UTF_8)).contains("which version").hasLineCount(1);
        assertThat(run("init", "--dir", dir, "--authority-key", folder.resolve("none") + ""))
                .isEqualTo(CommandLine.FAILED);
        assertThat(told.toString(UTF_8)).contains("no_key").hasLineCount(1);
        assertThat(run("init", "--dir", dir, "--authority-key", "pkcs11:nonsense"))
                .isEqualTo(CommandLine.FAILED);
        assertThat(told.toString(UTF_8)).contains("bad_reference").hasLineCount(1);
        assertThat(run("init", "--dir", dir, "--authority-key", "relative")).isEqualTo(CommandLine.USAGE);
        assertThat(Files.exists(state().resolve("fleet"))).isFalse();
    }
}
