package dev.mvm.coordinator.grpc;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.Credentials;
import dev.mvm.coordinator.pki.Authority;
import dev.mvm.coordinator.pki.AuthorityRotation;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.coordinator.pki.Revocations;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Machines with good tokens, and strangers who would have a certificate that none names.
final class EnrolmentPortTest extends EnrolmentTestBase {
    private static final String MOMENT = "2.25.63367946911664376458626754620164885326";

    @Test
    @Tag("claim-C12")
    void token_givesACertificateForItsNodeAndTheRequestsKey_once() throws Exception {
        var token = token(NODE);
        var answer = enrol(token);
        var certificate = certificate(answer);
        assertThat(certificate.getPublicKey()).isEqualTo(pair.getPublic());
        assertThat(certificate.getSubjectAlternativeNames())
                .extracting(name -> String.valueOf(name.get(1)))
                .containsExactly("spiffe://mvm/node/edge-1");
        assertThat(answer.getAuthoritiesList())
                .containsExactly(ByteString.copyFrom(
                        fleet.directory.authority().certificate().getEncoded()));
        refused("token_refused", () -> enrol(token));
        assertThat(Files.readString(folder.resolve("state/audit/audit-000000000001.jsonl")))
                .contains("\"action\":\"Enrol\",\"subject\":\"node/edge-1\",\"result\":\"noted\",\"reason\":\"done\"")
                .contains("\"action\":\"Enrol\",\"subject\":\"\",\"result\":\"refused\",\"reason\":\"token_refused\"");
    }

    @Test
    @Tag("claim-C12")
    void ofManyAtTheSameMoment_oneIsEnrolled() throws Exception {
        var token = token(NODE);
        int many = 6;
        var together = new CyclicBarrier(many);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var users = new ArrayList<Callable<Boolean>>();
            for (int i = 0; i < many; i++) {
                var channel = strangerAt(fleet.enrolmentPort());
                users.add(() -> {
                    together.await();
                    try {
                        return enrol(channel, token, Credentials.request(Authority.newKeyPair()))
                                        .getChainCount()
                                > 0;
                    } catch (StatusRuntimeException e) {
                        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
                        return false;
                    }
                });
            }
            int winners = 0;
            for (var user : threads.invokeAll(users)) {
                winners += user.get() ? 1 : 0;
            }
            assertThat(winners).isEqualTo(1);
        }
    }

    @Test
    @Tag("claim-C12")
    void revokedNode_comesBackByAToken_andByNoEarlierOne() throws Exception {
        var revocations = new Revocations(fleet.directory);
        var node = new Peer(CertificateRole.NODE, NODE);
        var first = certificate(enrol(token(NODE)));
        var early = token(NODE);
        assertThat(fleet.directory.revoke(node, Instant.now())).isTrue();
        assertThat(revocations.revoked(first)).isTrue();
        refused("token_refused", () -> enrol(early));
        assertThat(revocations.revoked(certificate(enrol(token(NODE))))).isFalse();
    }

    /// The new authority has issued the certificate, and the old one has signed the server's.
    @Test
    void duringARotation_theAnswerHasBothAuthorities() throws Exception {
        var old = fleet.directory.authority().certificate();
        new AuthorityRotation(folder.resolve("state")).start(Optional.empty(), Instant.now());
        var issuing = fleet.directory.authority().certificate();
        var answer = enrol(token(NODE));
        certificate(answer).verify(issuing.getPublicKey());
        assertThat(answer.getAuthoritiesList())
                .containsExactly(ByteString.copyFrom(issuing.getEncoded()), ByteString.copyFrom(old.getEncoded()));
    }

    @Test
    @Tag("claim-C12")
    void wrongTokens_areRefused_whateverTheRequestIs() throws Exception {
        var token = token(NODE);
        var other = token("edge-2");
        var garbage = ByteString.copyFrom(new byte[] {1, 2, 3});
        refused("token_refused", () -> enrol(token.substring(1)));
        refused("token_refused", () -> enrol(""));
        refused("token_refused", () -> enrol(other));
        refused("token_refused", () -> enrol(stranger, "x", garbage));
        refused("certificate_refused", () -> enrol(stranger, token, garbage));
        assertThat(enrol(token).getChainCount()).isEqualTo(2);
    }

    private static ByteString request(KeyPair of, KeyPair by, String algorithm) throws Exception {
        var request = new JcaPKCS10CertificationRequestBuilder(new X500Principal("CN=edge-9"), of.getPublic())
                .build(new JcaContentSignerBuilder(algorithm).build(by.getPrivate()));
        return ByteString.copyFrom(request.getEncoded());
    }

    private static KeyPair pair(String algorithm, int size) throws Exception {
        var generator = KeyPairGenerator.getInstance(algorithm);
        generator.initialize(size);
        return generator.generateKeyPair();
    }

    @Test
    @Tag("claim-C12")
    void requestsWithOtherKeys_areRefused_andUseUpNoToken() throws Exception {
        var token = token(NODE);
        var rsa = pair("RSA", 2048);
        var p384 = pair("EC", 384);
        var ed25519 = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        for (var request : List.of(
                request(rsa, rsa, "SHA256withRSA"),
                request(p384, p384, "SHA256withECDSA"),
                request(ed25519, ed25519, "Ed25519"),
                request(pair, Authority.newKeyPair(), "SHA256withECDSA"))) {
            refused("certificate_refused", () -> enrol(stranger, token, request));
        }
        assertThat(certificate(enrol(token)).getPublicKey()).isEqualTo(pair.getPublic());
    }

    /// It asks to be another node, an operator, an authority, and enrolled in a far year.
    @Test
    @Tag("claim-C12")
    void whatElseARequestAsksFor_isNotGiven() throws Exception {
        var wishes = new ExtensionsGenerator();
        wishes.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
            new GeneralName(GeneralName.uniformResourceIdentifier, "spiffe://mvm/operator/alice"),
            new GeneralName(GeneralName.uniformResourceIdentifier, "spiffe://mvm/node/edge-9")
        }));
        wishes.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        wishes.addExtension(new ASN1ObjectIdentifier(MOMENT), false, new DERIA5String("2999-01-01T00:00:00Z"));
        var request = new JcaPKCS10CertificationRequestBuilder(new X500Principal("CN=edge-9"), pair.getPublic())
                .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, wishes.generate())
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()));
        var certificate = certificate(enrol(stranger, token(NODE), ByteString.copyFrom(request.getEncoded())));
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=edge-1");
        assertThat(certificate.getSubjectAlternativeNames())
                .extracting(name -> String.valueOf(name.get(1)))
                .containsExactly("spiffe://mvm/node/edge-1");
        assertThat(certificate.getBasicConstraints()).isNegative();
        assertThat(new String(certificate.getExtensionValue(MOMENT), US_ASCII)).doesNotContain("2999");
    }
}
