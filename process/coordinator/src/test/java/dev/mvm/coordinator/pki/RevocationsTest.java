package dev.mvm.coordinator.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.coordinator.ManualClock;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RevocationsTest {
    private static final Peer NODE = new Peer(CertificateRole.NODE, "edge-1");
    private static final Duration LIFE = Duration.ofDays(30);

    @TempDir
    Path temporary;

    private final ManualClock clock = new ManualClock();
    private FleetDirectory directory;
    private Revocations revocations;

    @BeforeEach
    void create() throws PkiException {
        directory = new FleetDirectory(temporary);
        directory.create("main", List.of(), clock.instant());
        revocations = new Revocations(directory);
    }

    private Path list(String name) {
        return temporary.resolve("fleet").resolve(name);
    }

    private X509Certificate enrolled(Peer peer) throws PkiException {
        var request = new Authority.Request(peer, Authority.newKeyPair().getPublic(), LIFE, List.of());
        return directory.issue(directory.authority(), request, clock.instant()).getFirst();
    }

    private X509Certificate renewed(X509Certificate present) throws PkiException {
        return directory
                .renew(present, Authority.newKeyPair().getPublic(), LIFE, clock.instant())
                .chain()
                .getFirst();
    }

    /// A certificate with the issuer's name, but not of its key: TLS takes it with another one of that
    /// name, which the old authority has signed.
    @Test
    @Tag("claim-C11")
    void certificateInTheNameOfTheNewAuthority_isNotItsOwn() throws Exception {
        new AuthorityRotation(temporary).start(Optional.empty(), clock.instant());
        var thief = Authority.newKeyPair();
        var builder = new JcaX509v3CertificateBuilder(
                directory.authority().certificate(),
                BigInteger.TWO,
                Date.from(clock.instant().minus(Authority.SKEW)),
                Date.from(clock.instant().plus(LIFE)),
                new X500Principal("CN=edge-1"),
                thief.getPublic());
        var name = new GeneralName(GeneralName.uniformResourceIdentifier, NODE.uri());
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(name));
        var signer = new JcaContentSignerBuilder(ServerCredential.ALGORITHM).build(thief.getPrivate());
        var forged = new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        assertThat(revocations.trusted(enrolled(NODE))).isTrue();
        assertThat(revocations.trusted(forged)).isFalse();
        assertThatThrownBy(() -> renewed(forged)).isInstanceOf(PkiException.class);
    }

    /// A certificate as earlier versions issued them, without a moment of enrolment.
    private X509Certificate ofEarlierVersion() throws Exception {
        var authority = directory.authority();
        var builder = new JcaX509v3CertificateBuilder(
                authority.certificate(),
                BigInteger.valueOf(0xabcdef),
                Date.from(clock.instant().minus(Authority.SKEW)),
                Date.from(clock.instant().plus(LIFE)),
                new X500Principal("CN=edge-1"),
                Authority.newKeyPair().getPublic());
        var name = new GeneralName(GeneralName.uniformResourceIdentifier, NODE.uri());
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(name));
        Files.writeString(
                list("issued"), "abcdef node/edge-1 " + clock.instant().plus(LIFE) + "\n", StandardOpenOption.APPEND);
        return authority.key().signed(builder);
    }

    @Test
    @Tag("claim-C11")
    void revocation_endsEveryCertificateOfOneNameAndNoOther() throws Exception {
        var first = enrolled(NODE);
        var second = enrolled(NODE);
        var other = enrolled(new Peer(CertificateRole.NODE, "edge-10"));
        var operator = enrolled(new Peer(CertificateRole.OPERATOR, "edge-1"));
        assertThat(revocations.revoked(first)).isFalse();
        assertThat(directory.revoke(NODE, clock.instant())).isTrue();
        assertThat(revocations.revoked(first)).isTrue();
        assertThat(revocations.revoked(second)).isTrue();
        assertThat(revocations.revoked(other)).isFalse();
        assertThat(revocations.revoked(operator)).isFalse();
        assertThat(Files.readString(list("revoked"))).startsWith("node/edge-1 ").hasLineCount(1);
    }

    @Test
    void nameThatWasNeverEnrolled_isNotRevoked() throws Exception {
        enrolled(NODE);
        assertThat(directory.revoke(new Peer(CertificateRole.NODE, "edge-2"), clock.instant()))
                .isFalse();
        assertThat(list("revoked")).isEmptyFile();
    }

    /// A renewal that began before the revocation can end after it.
    @Test
    @Tag("claim-C11")
    void whatARevokedCertificateIsRenewedTo_isRevokedWheneverThatIs() throws Exception {
        var stolen = enrolled(NODE);
        clock.advance(Duration.ofDays(1));
        var renewed = renewed(renewed(stolen));
        directory.revoke(NODE, clock.instant());
        clock.advance(Duration.ofDays(1));
        var later = renewed(renewed);
        assertThat(later.getNotBefore()).isAfter(renewed.getNotBefore());
        assertThat(revocations.revoked(renewed)).isTrue();
        assertThat(revocations.revoked(later)).isTrue();
    }

    @Test
    @Tag("claim-C11")
    void nameThatIsEnrolledAnew_isGoodAlsoWithinTheSameSecond() throws Exception {
        var old = enrolled(NODE);
        for (int i = 0; i < 3; i++) {
            directory.revoke(NODE, clock.instant());
            var anew = enrolled(NODE);
            assertThat(revocations.revoked(anew)).isFalse();
            assertThat(revocations.revoked(renewed(anew))).isFalse();
            assertThat(revocations.revoked(old)).isTrue();
            old = anew;
        }
    }

    @Test
    @Tag("claim-C11")
    void clockThatWasAhead_savesNoCertificate() throws Exception {
        clock.advance(Duration.ofDays(10));
        var ahead = enrolled(NODE);
        clock.advance(Duration.ofDays(-10));
        directory.revoke(NODE, clock.instant());
        assertThat(revocations.revoked(ahead)).isTrue();
        assertThat(revocations.revoked(enrolled(NODE))).isFalse();
    }

    @Test
    void certificatesOfEarlierVersions_areRevokedByNameAndRenewedAlike() throws Exception {
        var old = ofEarlierVersion();
        clock.advance(Duration.ofHours(1));
        var renewed = renewed(old);
        assertThat(revocations.revoked(renewed)).isFalse();
        directory.revoke(NODE, clock.instant());
        assertThat(revocations.revoked(old)).isTrue();
        assertThat(revocations.revoked(renewed)).isTrue();
        assertThat(revocations.revoked(enrolled(NODE))).isFalse();
    }

    @Test
    void serialNumbersOfEarlierVersions_goOnBeingRevoked() throws Exception {
        var revoked = enrolled(NODE);
        var other = enrolled(NODE);
        Files.writeString(list("revoked"), Certificates.serial(revoked) + "\n");
        assertThat(revocations.revoked(revoked)).isTrue();
        assertThat(revocations.revoked(other)).isFalse();
        directory.revoke(new Peer(CertificateRole.NODE, "edge-1"), clock.instant());
        assertThat(revocations.revoked(revoked)).isTrue();
        assertThat(revocations.revoked(other)).isTrue();
    }

    @Test
    void lastLineWithoutItsEnd_isNotSpoiltByTheNext() throws Exception {
        var first = enrolled(NODE);
        var second = enrolled(new Peer(CertificateRole.NODE, "edge-2"));
        Files.writeString(list("revoked"), Certificates.serial(first));
        directory.revoke(new Peer(CertificateRole.NODE, "edge-2"), clock.instant());
        assertThat(revocations.revoked(first)).isTrue();
        assertThat(revocations.revoked(second)).isTrue();
    }

    @ParameterizedTest
    @Tag("claim-C11")
    @ValueSource(
            strings = {
                "node/edge-1",
                "node/edge-1 2026-11-30T20",
                "node/edge-1 2026-11-30T20:17:25",
                "node/edge-1 2026-11-30T20:17:25Z 1",
                "edge-1 2026-11-30T20:17:25Z",
                "",
                "not a line"
            })
    void lineThatIsNoRevocation_letsNoCertificateInAndIsTold(String line) throws Exception {
        var certificate = enrolled(NODE);
        Files.writeString(list("revoked"), "abc\n" + line + "\n");
        assertThatThrownBy(() -> revocations.revoked(certificate))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("revoked, line 2")
                .hasMessageNotContaining("\n");
        assertThatThrownBy(() -> directory.revoke(NODE, clock.instant()))
                .as("a revocation that would not count is not told as done")
                .isInstanceOf(PkiException.class);
    }

    @Test
    void missingList_letsNoCertificateIn() throws Exception {
        var certificate = enrolled(NODE);
        Files.delete(list("revoked"));
        assertThatThrownBy(() -> revocations.revoked(certificate)).isInstanceOf(PkiException.class);
    }

    /// A node that was taken over can have as many certificates as it likes.
    @Test
    @Tag("claim-C11")
    void listOfIssuedCertificatesThatIsVeryLong_hindersNoRevocation() throws Exception {
        var stolen = enrolled(NODE);
        var line = Files.readString(list("issued"));
        Files.writeString(list("issued"), line.repeat((4 << 20) / line.length()), StandardOpenOption.APPEND);
        assertThat(directory.revoke(NODE, clock.instant())).isTrue();
        assertThat(revocations.revoked(stolen)).isTrue();
    }
}
