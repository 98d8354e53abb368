package dev.mvm.coordinator.pki;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.coordinator.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FleetDirectoryTest {
    private static final Peer NODE = new Peer(CertificateRole.NODE, "edge-1");

    @TempDir
    Path temporary;

    private final ManualClock clock = new ManualClock();
    private Path state;
    private FleetDirectory directory;

    @BeforeEach
    void create() throws PkiException {
        state = temporary.resolve("state");
        directory = new FleetDirectory(state);
        directory.create("main", List.of("fleet.example.org", "192.0.2.7"), clock.instant());
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private List<X509Certificate> enrolled(Peer peer) throws PkiException, IOException {
        var out = temporary.resolve("out-" + peer.toString().replace('/', '-'));
        directory.enrol(peer, Duration.ofDays(30), out, clock.instant());
        return PemText.certificates(Files.readAllBytes(out.resolve("cert.pem")), "cert.pem");
    }

    @Test
    void everything_isForItsOwnerOnly() throws Exception {
        directory.enrol(NODE, Duration.ofDays(30), temporary.resolve("node"), clock.instant());
        assertThat(mode(state)).isEqualTo("rwx------");
        for (var folder : List.of(state.resolve("fleet"), temporary.resolve("node"))) {
            assertThat(mode(folder)).isEqualTo("rwx------");
            try (var files = Files.list(folder)) {
                assertThat(files)
                        .hasSizeGreaterThanOrEqualTo(3)
                        .allSatisfy(file -> assertThat(mode(file)).isEqualTo("rw-------"));
            }
        }
        try (var files = Files.list(temporary)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .as("no half-made folder stays")
                    .containsExactlyInAnyOrder("state", "node");
        }
    }

    @Test
    void secondFleet_isRefusedAndChangesNothing() throws Exception {
        var ca = Files.readAllBytes(state.resolve("fleet/ca.pem"));
        assertThatThrownBy(() -> directory.create("main", List.of(), clock.instant()))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("already");
        assertThat(Files.readAllBytes(state.resolve("fleet/ca.pem"))).isEqualTo(ca);
    }

    @Test
    void enrolling_neverOverwrites() throws Exception {
        var out = Files.createDirectory(temporary.resolve("out"));
        Files.writeString(out.resolve("precious"), "x");
        assertThatThrownBy(() -> directory.enrol(NODE, Duration.ofDays(1), out, clock.instant()))
                .isInstanceOf(PkiException.class);
        var file = Files.writeString(temporary.resolve("file"), "x");
        assertThatThrownBy(() -> directory.enrol(NODE, Duration.ofDays(1), file, clock.instant()))
                .isInstanceOf(PkiException.class);
        assertThat(out.resolve("precious")).hasContent("x");
        assertThat(file).hasContent("x");
    }

    @Test
    void certificates_sayWhoAndForWhat() throws Exception {
        var node = enrolled(NODE).getFirst();
        assertThat(Certificates.peer(node)).contains(NODE);
        assertThat(node.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
        assertThat(node.getBasicConstraints()).as("no authority").isEqualTo(-1);
        assertThat(Certificates.peer(
                        enrolled(new Peer(CertificateRole.OPERATOR, "alice")).getFirst()))
                .contains(new Peer(CertificateRole.OPERATOR, "alice"));
        var server = directory.server(clock.instant()).certificate();
        assertThat(Certificates.peer(server)).contains(new Peer(CertificateRole.COORDINATOR, "main"));
        assertThat(server.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(server.getSubjectAlternativeNames())
                .extracting(name -> String.valueOf(name.get(1)))
                .contains("localhost", "127.0.0.1", "fleet.example.org", "192.0.2.7");
    }

    @Test
    void chain_leadsToTheAuthority() throws Exception {
        var chain = enrolled(NODE);
        var ca = directory.authority().certificate();
        assertThat(chain).hasSize(2).last().isEqualTo(ca);
        chain.getFirst().verify(ca.getPublicKey());
        assertThat(ca.getBasicConstraints()).as("signs no further authority").isZero();
        assertThat(ca.getPublicKey().getAlgorithm()).isEqualTo("EdDSA");
        assertThat(chain.getFirst().getSerialNumber())
                .isNotEqualTo(
                        enrolled(new Peer(CertificateRole.NODE, "b")).getFirst().getSerialNumber());
    }

    @Test
    void otherAuthority_doesNotMatch() throws Exception {
        var other = directory.authorityFile().made(Optional.empty(), clock.instant());
        var chain = enrolled(NODE);
        assertThatThrownBy(() -> chain.getFirst().verify(other.certificate().getPublicKey()))
                .isInstanceOf(GeneralSecurityException.class);
    }

    @Test
    void serversCertificate_isReplacedAtHalfItsLife() throws Exception {
        var first = directory.server(clock.instant()).certificate();
        clock.advance(FleetDirectory.SERVER_LIFE.dividedBy(2).minusMinutes(10));
        assertThat(directory.server(clock.instant()).certificate()).isEqualTo(first);
        clock.advance(Duration.ofMinutes(10));
        var second = directory.server(clock.instant()).certificate();
        assertThat(second).isNotEqualTo(first);
        assertThat(Certificates.peer(second)).isEqualTo(Certificates.peer(first));
        assertThat(second.getSubjectAlternativeNames()).hasSameSizeAs(first.getSubjectAlternativeNames());
        assertThat(directory.server(clock.instant()).certificate()).as("kept").isEqualTo(second);
        assertThat(mode(state.resolve("fleet/server.pem"))).isEqualTo("rw-------");
    }

    @Test
    void keyOpenToOthers_isRefused() throws Exception {
        Files.setPosixFilePermissions(state.resolve("fleet/ca.pem"), PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(directory::authority)
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("others may read");
    }

    @Test
    void damagedKey_isRefusedInOneLine() throws Exception {
        for (var text : List.of("", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")) {
            Files.writeString(state.resolve("fleet/ca.pem"), text);
            assertThatThrownBy(directory::authority)
                    .isInstanceOf(PkiException.class)
                    .hasMessageNotContaining("\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spiffe://mvm/node/", "spiffe://mvm/node/a/b", "spiffe://mvm/root/a", "spiffe://other/node/a",
                        "spiffe://mvm/node/A",
                "spiffe://mvm/node/a-", "spiffe://mvm/node", "http://mvm/node/a", "spiffe://mvm/node/a?b",
                        "spiffe://mvm/Node/a",
                "spiffe://mvm/node/..", "spiffe://mvm//a", ""
            })
    void uriOfAnotherForm_namesNobody(String uri) {
        assertThat(Peer.ofUri(uri)).isEmpty();
    }

    @Test
    void token_isLongAndRandom() throws Exception {
        var token = new String(PrivateFiles.read(directory.tokenFile()), UTF_8).strip();
        assertThat(token).hasSize(43).matches("[A-Za-z0-9_-]+");
        var second = new FleetDirectory(temporary.resolve("second"));
        second.create("main", List.of(), clock.instant());
        assertThat(new String(PrivateFiles.read(second.tokenFile()), UTF_8)).isNotEqualTo(token + "\n");
    }
}
