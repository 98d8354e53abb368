package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.cli.certificate.CertificateRequest;
import dev.mvm.cli.certificate.CredentialFiles;
import dev.mvm.cli.failure.Failure;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `mvm operator`.
final class OperatorCommandTest extends CommandTest {
    private static final KeyPair AUTHORITY = CertificateRequest.newKeyPair();

    private static byte[] certificate(String name, PublicKey key, Duration life) throws Exception {
        var end = Instant.now().plus(life);
        var builder = new JcaX509v3CertificateBuilder(
                new X500Principal("CN=authority"),
                BigInteger.ONE,
                Date.from(end.minus(Duration.ofDays(100))),
                Date.from(end),
                new X500Principal("CN=" + name),
                key);
        return builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(AUTHORITY.getPrivate()))
                .getEncoded();
    }

    private static List<byte[]> chain(PublicKey key, Duration life) throws Exception {
        return List.of(
                certificate("ada", key, life), certificate("authority", AUTHORITY.getPublic(), Duration.ofDays(99)));
    }

    private static String texts(List<byte[]> certificates) {
        return certificates.stream()
                .map(each -> "\"" + Base64.getEncoder().encodeToString(each) + "\"")
                .toList()
                .toString();
    }

    private static String answer(List<byte[]> chain) {
        return "{\"operator\":{\"operator\":\"ada\",\"role\":\"operator\",\"all_tenants\":false,\"tenants\":[\"acme\"],"
                + "\"days\":30,\"expires\":\"2100-01-02T03:04:05Z\"},\"chain\":" + texts(chain)
                + ",\"authorities\":" + texts(chain.subList(1, 2)) + "}";
    }

    private static String mode(Path file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private Path credential(Duration life) throws Exception {
        var directory = dir.resolve("credential");
        assertThat(mvm("operator", "request", "ada", "--out", directory.toString())
                        .status())
                .isZero();
        var key = request(directory.resolve("request.pem")).getPublicKey();
        var chain = chain(key, life);
        CredentialFiles.writeNew(directory, chain, chain.subList(1, 2));
        return directory;
    }

    private static JcaPKCS10CertificationRequest request(Path file) throws Exception {
        return new JcaPKCS10CertificationRequest(CredentialFiles.request(file));
    }

    @Test
    void request_isOfANewKey_thatStays() throws Exception {
        var out = dir.resolve("ada");
        var run = mvm("operator", "request", "ada", "--out", out.toString());
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("request.pem", "mvm operator add ada");
        assertThat(mode(out)).isEqualTo("rwx------");
        assertThat(mode(out.resolve("key.pem"))).isEqualTo("rw-------");
        var request = request(out.resolve("request.pem"));
        assertThat(request.getSubject()).hasToString("CN=ada");
        assertThat(request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(request.getPublicKey())))
                .isTrue();
        var before = Files.readString(out.resolve("key.pem"));
        assertThat(mvm("operator", "request", "ada", "--out", out.toString()).err())
                .contains("file exists, not overwritten");
        assertThat(out.resolve("key.pem")).hasContent(before);
        assertThat(requests).isEmpty();
    }

    /// The encoding of a length changes with the length: names of every length give a request that verifies.
    @Test
    void requests_verifyWhateverTheLengthOfTheName() throws Exception {
        var pair = CertificateRequest.newKeyPair();
        for (int length = 1; length <= 63; length++) {
            var der = CertificateRequest.of("a".repeat(length), pair.getPublic(), pair.getPrivate());
            var request = new JcaPKCS10CertificationRequest(der);
            assertThat(request.getEncoded()).as("canonical").isEqualTo(der);
            assertThat(request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(pair.getPublic())))
                    .isTrue();
        }
    }

    @Test
    void add_sendsTheRequest_andWritesTheCertificate() throws Exception {
        var own = dir.resolve("own");
        assertThat(mvm("operator", "request", "ada", "--out", own.toString()).status())
                .isZero();
        var request = own.resolve("request.pem");
        answer("POST /v1/operators", answer(chain(request(request).getPublicKey(), Duration.ofDays(30))));
        var line = "operator add ada --role operator --tenant acme --tenant globex --request " + request + " --out ";
        var run = mvm((line + own).split(" ", -1));
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith("ada  operator  acme  ").endsWith(" days left\n");
        assertThat(requests)
                .singleElement()
                .asString()
                .contains(
                        "\"operator\":\"ada\",\"role\":\"operator\",\"all_tenants\":false,\"tenants\":[\"acme\",\"globex\"]",
                        "\"days\":30");
        assertThat(mode(own.resolve("cert.pem"))).isEqualTo("rw-------");
        assertThat(CredentialFiles.keyPair(own).getPublic())
                .isEqualTo(CredentialFiles.certificate(own).getPublicKey());
        assertThat(own.resolve("ca.pem")).content().contains("BEGIN CERTIFICATE");
        var again = mvm((line + own).split(" ", -1));
        assertThat(again.status()).isEqualTo(1);
        assertThat(again.err()).contains("file exists, not overwritten");
        assertThat(requests)
                .as("nothing was asked for that could not be written")
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "operator add ada --role operator --request r --out o",
                "operator add ada --role operator --all-tenants --tenant acme --request r --out o",
                "operator add ada --role root --all-tenants --request r --out o",
                "operator add ada --all-tenants --request r --out o",
                "operator add Ada --role admin --all-tenants --request r --out o",
                "operator change ada --role auditor",
                "operator change a/b --role auditor --all-tenants",
                "operator request ../x --out o",
                "operator revoke",
            })
    void wrongUse_isRefused_beforeACall(String line) {
        assertThat(mvm(line.split(" ", -1)).status()).isEqualTo(2);
        assertThat(requests).isEmpty();
    }

    @Test
    void changeAndRevoke_sayWhatCameOfIt() {
        var operator = "{\"operator\":\"ada\",\"role\":\"auditor\",\"all_tenants\":true,\"tenants\":[],"
                + "\"expires\":\"2020-01-02T03:04:05Z\",\"revoked\":%s}";
        answer("POST /v1/operators/ada:change", operator.formatted("false"));
        answer("POST /v1/operators/ada:revoke", operator.formatted("true"));
        assertThat(mvm("operator", "change", "ada", "--role", "auditor", "--all-tenants")
                        .out())
                .isEqualTo("ada  auditor  all tenants  expired\n");
        assertThat(mvm("operator", "revoke", "ada").out()).isEqualTo("ada  auditor  all tenants  revoked\n");
    }

    @Test
    void status_failsWhenFewerDaysAreLeft() throws Exception {
        var directory = credential(Duration.ofDays(10).plusHours(1));
        Files.writeString(settings(), "api = https://127.0.0.1:1\ncredential = " + directory + "\n");
        var enough = mvm("operator", "status", "--least", "10");
        assertThat(enough.out()).contains("10 days left");
        assertThat(enough.status()).isZero();
        var few = mvm("operator", "status", "--least", "11");
        assertThat(few.status()).isEqualTo(1);
        assertThat(few.err()).contains("10 days left", "mvm operator renew").hasLineCount(1);
        assertThat(mvm("operator", "status").status()).isZero();
    }

    @Test
    void renewal_needsACredential() {
        var run = mvm("operator", "renew");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("there is no 'credential'").hasLineCount(1);
    }

    @Test
    void renewal_replacesTheCertificate_andNothingElse() throws Exception {
        var directory = credential(Duration.ofDays(1));
        var key = Files.readString(directory.resolve("key.pem"));
        var pair = CredentialFiles.keyPair(directory);
        var next = chain(pair.getPublic(), Duration.ofDays(30));
        CredentialFiles.renew(directory, next, next.subList(1, 2));
        assertThat(CredentialFiles.certificate(directory).getNotAfter().toInstant())
                .isAfter(Instant.now().plus(Duration.ofDays(29)));
        assertThat(directory.resolve("key.pem")).hasContent(key);
        assertThat(mode(directory.resolve("cert.pem"))).isEqualTo("rw-------");
        var before = Files.readString(directory.resolve("cert.pem"));
        var other = chain(CertificateRequest.newKeyPair().getPublic(), Duration.ofDays(30));
        assertThatThrownBy(() -> CredentialFiles.renew(directory, other, other.subList(1, 2)))
                .isInstanceOf(Failure.class);
        assertThat(directory.resolve("cert.pem")).hasContent(before);
    }

    @Test
    void damagedFiles_areToldInOneLine() throws Exception {
        var directory = credential(Duration.ofDays(1));
        Files.writeString(settings(), "api = https://127.0.0.1:1\ncredential = " + directory + "\n");
        for (var text : List.of(
                "",
                "-----BEGIN CERTIFICATE-----\nx",
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")) {
            Files.writeString(directory.resolve("cert.pem"), text);
            var run = mvm("operator", "status");
            assertThat(run.status()).isEqualTo(1);
            assertThat(run.err()).startsWith("mvm: ").hasLineCount(1);
        }
    }
}
