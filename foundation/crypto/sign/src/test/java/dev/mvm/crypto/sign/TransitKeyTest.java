package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mvm.crypto.sign.SigningException.Reason;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.json.Json;
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TransitKeyTest {
    private static final byte[] MESSAGE = "what may run is signed".getBytes(UTF_8);
    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir
    Path dir;

    private FakeVault vault;
    private final List<Duration> pauses = new ArrayList<>();

    @BeforeEach
    void vault_isThere() throws Exception {
        vault = FakeVault.start();
    }

    @AfterEach
    void vault_isGone() {
        vault.close();
    }

    private Map<String, String> environment() {
        return new HashMap<>(Map.of("VAULT_ADDR", "http://" + vault.authority(), "VAULT_TOKEN", FakeVault.TOKEN));
    }

    private TransitKey open(String reference, Map<String, String> environment, Duration answer)
            throws SigningException {
        return TransitKey.open(reference, new TransitCalls(TransitServer.of(environment), answer, pauses::add));
    }

    private TransitKey open(String reference) throws SigningException {
        return open(reference, environment(), LONG);
    }

    private static SigningException failure(Reason reason, ThrowingCallable what) {
        var thrown = catchThrowableOfType(SigningException.class, what);
        assertThat(thrown).isNotNull();
        assertThat(thrown.reason()).as(thrown.getMessage()).isEqualTo(reason);
        assertThat(thrown.getMessage()).doesNotContain("\n", FakeVault.TOKEN);
        return thrown;
    }

    @Test
    void key_signsWhatWeVerify() throws Exception {
        for (var reference : new String[] {"transit:root", "transit:transit/root", "transit:team/signing/root@1"}) {
            var key = open(reference);
            assertThat(key.verifyKey()).isEqualTo(vault.version(1).verifyKey());
            assertThat(new JdkEd25519().valid(key.verifyKey(), MESSAGE, key.sign(MESSAGE)))
                    .isTrue();
        }
        assertThat(vault.asked()).contains("GET /v1/transit/keys/root", "POST /v1/team/signing/sign/root");
        assertThat(pauses).isEmpty();
    }

    @Test
    void openedKey_keepsItsVersion_whenVaultRotates() throws Exception {
        var first = open("transit:root");
        vault.rotate();
        assertThat(first.sign(MESSAGE)).isEqualTo(vault.version(1).sign(MESSAGE));
        assertThat(open("transit:root").verifyKey()).isEqualTo(vault.version(2).verifyKey());
        assertThat(open("transit:root@1").verifyKey())
                .isEqualTo(vault.version(1).verifyKey());
        assertThat(failure(Reason.NO_KEY, () -> open("transit:root@3"))).hasMessageContaining("no version 3");
    }

    @Test
    void tokenInAFile_isReadForEachRequest() throws Exception {
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        var file = Files.writeString(Files.createFile(dir.resolve("token"), mode), FakeVault.TOKEN + "\n");
        var environment = environment();
        environment.remove("VAULT_TOKEN");
        environment.put("VAULT_TOKEN_FILE", file.toString());
        var key = open("transit:root", environment, LONG);
        Files.writeString(file, "expired");
        failure(Reason.VAULT_DENIED, () -> key.sign(MESSAGE));
        Files.writeString(file, FakeVault.TOKEN);
        assertThat(key.sign(MESSAGE)).hasSize(64);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        failure(Reason.EXPOSED, () -> key.sign(MESSAGE));
    }

    @Test
    void wrongToken_isDenied_andNotTriedAgain() {
        var environment = environment();
        environment.put("VAULT_TOKEN", "hvs.of-somebody-else");
        assertThat(failure(Reason.VAULT_DENIED, () -> open("transit:root", environment, LONG)))
                .hasMessageContaining("Vault denies transit/keys/root to this token: permission denied");
        assertThat(vault.asked()).hasSize(1);
    }

    @Test
    void absentKey_isSaidToBe() {
        assertThat(failure(Reason.NO_KEY, () -> open("transit:toor")))
                .hasMessageContaining("Vault has nothing at transit/keys/toor");
        assertThat(failure(Reason.NO_KEY, () -> open("transit:elsewhere/root")))
                .hasMessageContaining("elsewhere/keys/root");
    }

    @Test
    void sealedVault_isSaidToBe_afterSomeTries() {
        vault.instead("keys", 503, "{\"errors\":[\"Vault is sealed\"]}");
        assertThat(failure(Reason.VAULT_SEALED, () -> open("transit:root"))).hasMessageContaining("unseal");
        assertThat(vault.asked()).hasSize(4);
        assertThat(pauses).containsExactly(Duration.ofMillis(200), Duration.ofMillis(400), Duration.ofMillis(800));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "429|VAULT_UNREACHABLE|4",
                "500|VAULT_UNREACHABLE|4",
                "503|VAULT_UNREACHABLE|4",
                "400|VAULT_ANSWER|1",
                "418|VAULT_ANSWER|1",
                "307|VAULT_SETTINGS|1"
            })
    void otherStatus_isToldAndTriedAgainIfThatMayHelp(int status, Reason reason, int tries) {
        vault.instead("sign", status, "{\"errors\":[\"line one\\nline two\"]}");
        failure(reason, () -> open("transit:root").sign(MESSAGE));
        assertThat(vault.asked().stream().filter(line -> line.startsWith("POST")))
                .hasSize(tries);
    }

    @Test
    void passingTrouble_isSatOut() throws Exception {
        var left = new java.util.concurrent.atomic.AtomicInteger(3);
        var key = open("transit:root");
        var good = FakeVault.signature(1, vault.version(1).sign(MESSAGE));
        vault.instead("sign", exchange -> {
            if (left.getAndDecrement() > 0) {
                FakeVault.send(exchange, 429, "");
            } else {
                FakeVault.send(exchange, 200, good);
            }
        });
        assertThat(key.sign(MESSAGE)).hasSize(64);
        assertThat(pauses).hasSize(3);
    }

    @Test
    @Tag("claim-K1")
    void redirect_isNotFollowed_withTheToken() throws Exception {
        try (var elsewhere = FakeVault.start()) {
            vault.instead("keys", exchange -> {
                exchange.getResponseHeaders()
                        .set("Location", "http://" + elsewhere.authority() + "/v1/transit/keys/root");
                FakeVault.send(exchange, 307, "");
            });
            assertThat(failure(Reason.VAULT_SETTINGS, () -> open("transit:root")))
                    .hasMessageContaining("VAULT_ADDR has to name its active node");
            assertThat(elsewhere.asked()).isEmpty();
        }
    }

    @Test
    void silentVault_isGivenUp() {
        vault.instead("keys", vault.silence());
        assertThat(failure(Reason.VAULT_UNREACHABLE, () -> open("transit:root", environment(), Duration.ofMillis(20))))
                .hasMessageContaining("no answer from Vault at " + vault.authority() + ": none in 20 ms");
    }

    /// Headers come at once, the rest never.
    @Test
    void slowAnswer_isGivenUp() {
        vault.instead("keys", exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            vault.silence().happen(exchange);
        });
        failure(Reason.VAULT_UNREACHABLE, () -> open("transit:root", environment(), Duration.ofMillis(20)));
    }

    @Test
    void giantAnswer_isNotReadToItsEnd() {
        vault.instead("keys", exchange -> {
            exchange.sendResponseHeaders(200, 0); // in chunks, without a length
            var chunk = new byte[64 << 10];
            for (int i = 0; i < 1 << 14; i++) {
                exchange.getResponseBody().write(chunk);
            }
        });
        failure(Reason.VAULT_UNREACHABLE, () -> open("transit:root"));
    }

    @Test
    void absentVault_isUnreachable() {
        vault.close();
        assertThat(failure(Reason.VAULT_UNREACHABLE, () -> open("transit:root")))
                .hasMessageContaining("no answer from Vault at 127.0.0.1");
        assertThat(pauses).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>",
                "[]",
                "{}",
                "{\"data\":7}",
                "{\"data\":{\"signature\":\"vault:v1:\"}}",
                "{\"data\":{\"signature\":\"vault:v1:!!\"}}",
                "{\"data\":{\"signature\":7}}",
                "{\"data\":{}}"
            })
    void answerThatIsNone_isRefused(String body) throws Exception {
        var key = open("transit:root");
        vault.instead("sign", 200, body);
        var thrown = catchThrowableOfType(SigningException.class, () -> key.sign(MESSAGE));
        assertThat(thrown).isNotNull();
        assertThat(thrown.reason()).isIn(Reason.VAULT_ANSWER, Reason.BAD_SIGNATURE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"type\":\"ed25519\"}",
                "{\"type\":\"ed25519\",\"latest_version\":0}",
                "{\"type\":\"ed25519\",\"latest_version\":1,\"keys\":{\"1\":{\"public_key\":\"AAAA\"}}}",
                "{\"type\":\"ed25519\",\"latest_version\":1,\"keys\":{\"1\":{}}}",
                "{\"type\":\"ed25519\",\"latest_version\":1,\"keys\":{\"1\":7}}",
                "{\"type\":\"ed25519\",\"latest_version\":1,\"keys\":[]}"
            })
    void keyThatIsNone_isRefused(String data) {
        vault.instead("keys", 200, "{\"data\":" + data + "}");
        var thrown = catchThrowableOfType(SigningException.class, () -> open("transit:root"));
        assertThat(thrown).isNotNull();
        assertThat(thrown.reason()).isIn(Reason.VAULT_ANSWER, Reason.WRONG_KEY, Reason.NO_KEY);
    }

    @Test
    void keyOfAnotherKind_isRefused() {
        vault.instead("keys", 200, vault.key("ecdsa-p256"));
        assertThat(failure(Reason.WRONG_KEY, () -> open("transit:root"))).hasMessageContaining("not of type ed25519");
        vault.instead("keys", 200, vault.key("ed25519").replace("\"derived\":false", "\"derived\":true"));
        failure(Reason.WRONG_KEY, () -> open("transit:root"));
    }

    @Test
    void signatureOfAnotherMessage_isNotHandedOut() throws Exception {
        var key = open("transit:root");
        vault.instead("sign", 200, FakeVault.signature(1, vault.version(1).sign(new byte[1])));
        assertThat(failure(Reason.BAD_SIGNATURE, () -> key.sign(MESSAGE)))
                .hasMessageContaining("does not fit the public key");
    }

    @Test
    void signatureOfAnotherVersion_isNotHandedOut() throws Exception {
        var key = open("transit:root");
        vault.rotate();
        vault.instead("sign", 200, FakeVault.signature(2, vault.version(2).sign(MESSAGE)));
        failure(Reason.VAULT_ANSWER, () -> key.sign(MESSAGE));
        vault.instead("sign", 200, FakeVault.signature(1, vault.version(2).sign(MESSAGE)));
        failure(Reason.BAD_SIGNATURE, () -> key.sign(MESSAGE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "transit:",
                "transit:/root",
                "transit:a/../root",
                "transit:root@0",
                "transit:root@x",
                "transit:a b",
                "transit:root?x=1",
                "transit:root#x",
                "transit:%2e%2e/root",
                "transit:.root"
            })
    void referenceThatIsNone_isRefused(String reference) {
        failure(Reason.BAD_REFERENCE, () -> open(reference));
        assertThat(vault.asked()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "VAULT_ADDR|-|VAULT_ADDR is not set",
                "VAULT_ADDR|http://vault.example:8200|has to be https",
                "VAULT_ADDR|ftp://127.0.0.1|not https://HOST:PORT",
                "VAULT_ADDR|https://user@vault.example|not https://HOST:PORT",
                "VAULT_ADDR|https://vault.example/v1|not https://HOST:PORT",
                "VAULT_ADDR|vault|not https://HOST:PORT",
                "VAULT_TOKEN|-|want either VAULT_TOKEN or VAULT_TOKEN_FILE",
                "VAULT_TOKEN|a b|characters that no token has",
                "VAULT_TOKEN_FILE|/nowhere|only one of them",
                "VAULT_CACERT|/nowhere|VAULT_CACERT is not a file of certificates",
                "VAULT_NAMESPACE|a b|not the name of a namespace"
            })
    void wrongSetting_isNamed(String name, @org.jspecify.annotations.Nullable String value, String why) {
        var environment = environment();
        if (value == null) {
            environment.remove(name);
        } else {
            environment.put(name, value);
        }
        assertThat(failure(Reason.VAULT_SETTINGS, () -> open("transit:root", environment, LONG)))
                .hasMessageContaining(why);
        assertThat(vault.asked()).isEmpty();
    }

    @Test
    void namespace_isPassedOn() throws Exception {
        var environment = environment();
        environment.put("VAULT_NAMESPACE", "team/a");
        var seen = new ArrayList<String>();
        var answer = vault.key("ed25519");
        vault.instead("keys", exchange -> {
            seen.add(exchange.getRequestHeaders().getFirst("X-Vault-Namespace"));
            FakeVault.send(exchange, 200, answer);
        });
        assertThat(open("transit:root", environment, LONG).verifyKey()).isNotNull();
        assertThat(seen).containsExactly("team/a");
    }

    @Test
    void certificate_isTrustedIfItIsNamed_andOnlyThen() throws Exception {
        var store = dir.resolve("tls.p12");
        var pem = dir.resolve("tls.pem");
        var keytool = Path.of(System.getProperty("java.home"), "bin/keytool").toString();
        Program.run(
                keytool,
                "-genkeypair",
                "-alias",
                "tls",
                "-keyalg",
                "EC",
                "-dname",
                "CN=vault",
                "-ext",
                "SAN=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-storepass",
                "password",
                "-keystore",
                store.toString());
        Program.run(
                keytool,
                "-exportcert",
                "-rfc",
                "-alias",
                "tls",
                "-storepass",
                "password",
                "-keystore",
                store.toString(),
                "-file",
                pem.toString());
        try (var secure = FakeVault.start(tls(store))) {
            var environment = environment();
            environment.put("VAULT_ADDR", "https://" + secure.authority());
            assertThat(failure(Reason.VAULT_UNREACHABLE, () -> open("transit:root", environment, LONG)))
                    .hasMessageContaining("certificate is not trusted; VAULT_CACERT names whom to trust");
            assertThat(secure.asked()).isEmpty();
            environment.put("VAULT_CACERT", pem.toString());
            assertThat(open("transit:root", environment, LONG).sign(MESSAGE))
                    .isEqualTo(secure.version(1).sign(MESSAGE));
        }
        Files.writeString(pem, "");
        var environment = environment();
        environment.put("VAULT_CACERT", pem.toString());
        assertThat(failure(Reason.VAULT_SETTINGS, () -> open("transit:root", environment, LONG)))
                .hasMessageContaining("VAULT_CACERT holds no certificate");
    }

    private static SSLContext tls(Path file) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        try (var in = new FileInputStream(file.toFile())) {
            store.load(in, "password".toCharArray());
        }
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, "password".toCharArray());
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    @Test
    void unusableSignature_isNotTakenForOne() throws Exception {
        var key = open("transit:root");
        vault.instead(
                "sign",
                200,
                FakeVault.data(Json.object().put("signature", "vault:v1:AAAA").end()));
        failure(Reason.BAD_SIGNATURE, () -> key.sign(MESSAGE));
    }
}
