package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.sign.KeyFile.Label;
import dev.mvm.crypto.sign.SigningException.Reason;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys that openssl and mvm have written on several JDKs: each opens on this one, and what mvm writes is the same,
/// byte for byte. The files are described in the README beside them.
final class KeyVectorsTest {
    private static final Path VECTORS = Path.of("src/test/resources/dev/mvm/crypto/sign/keys");
    private static final String MISLABELLED = "jdk-25.0.5.1-mislabelled";
    private static final String PASSPHRASE = "mvm test vector";
    private static final byte[] MESSAGE = "what may run is signed".getBytes(UTF_8);

    @TempDir
    Path dir;

    private Path vector(String name) throws Exception {
        var file = dir.resolve(name + ".key");
        Files.copy(VECTORS.resolve(name + ".test-vector.key"), file);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static String publicHalf(String name) throws Exception {
        return Files.readString(VECTORS.resolve(name + ".test-vector.key.pub")).strip();
    }

    private PassphraseSource passphrase(String text) throws Exception {
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        return new PassphraseFile(Files.writeString(Files.createTempFile(dir, "passphrase", "", mode), text + "\n"));
    }

    private static void refused(Reason reason, String why, ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        SigningException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(why)
                .message()
                .doesNotContain("\n", PASSPHRASE);
    }

    @Test
    void keysOfOthersAndOfOtherJdks_openAndSign() throws Exception {
        for (var name : new String[] {"argon2id", "jdk-25.0.3", "jdk-25.0.5.1", "openssl"}) {
            var file = vector(name);
            assertThat(KeyFile.label(file)).as(name).isEqualTo(Label.RIGHT);
            var key = KeyFile.read(file, passphrase(PASSPHRASE));
            assertThat(key.verifyKey().base64()).as(name).isEqualTo(publicHalf(name));
            assertThat(new JdkEd25519().valid(key.verifyKey(), MESSAGE, key.sign(MESSAGE)))
                    .as(name)
                    .isTrue();
        }
    }

    @Test
    void whatIsRead_isWrittenAgainByteForByte() throws Exception {
        for (var name : new String[] {"jdk-25.0.3", "jdk-25.0.5.1", "openssl", MISLABELLED}) {
            var text = Files.readAllBytes(vector(name));
            var pem = Pem.parse(text);
            assertThat(pem.bytes()).as(name).isEqualTo(text);
            assertThat(EncryptedPkcs8.parse(pem.content(), name).encoded())
                    .as(name)
                    .isEqualTo(pem.content());
        }
    }

    /// Everything but salt, vector and cipher text, which differ from file to file.
    @Test
    void keyFilesOfBefore_haveTheBytesThatOursAlwaysHad() throws Exception {
        assertThat(bytesOfOurs(OldKeyFile.encrypted(new byte[32], PASSPHRASE.toCharArray())
                        .content()))
                .isEqualTo(bytesOfOurs(
                        Pem.parse(Files.readAllBytes(vector("jdk-25.0.3"))).content()))
                .isEqualTo("3081a7306306092a864886f70d01050d3056303506092a864886f70d01050c3028" + "0410"
                        + "00".repeat(16) + "020309" + "27c0020120300c06082a864886f70d02090500"
                        + "301d060960864801650304012a0410" + "00".repeat(16) + "0440" + "00".repeat(64));
    }

    private static String bytesOfOurs(byte[] document) {
        var hex = HexFormat.of().formatHex(document);
        var random = new int[][] {{35, 16}, {88, 16}, {106, 64}};
        var out = new StringBuilder(hex);
        for (var part : random) {
            out.replace(2 * part[0], 2 * (part[0] + part[1]), "00".repeat(part[1]));
        }
        return out.toString();
    }

    @Test
    void plainKey_hasTheBytesOfOpenssl() throws Exception {
        var seed = HexFormat.of().parseHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        var text = """
                -----BEGIN PRIVATE KEY-----
                MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
                -----END PRIVATE KEY-----
                """;
        assertThat(new String(new Pem(Pem.PLAIN, Pkcs8.of(seed)).bytes(), US_ASCII))
                .isEqualTo(text);
        assertThat(Pkcs8.seed(Pem.parse(text.getBytes(US_ASCII)).content(), "the key K"))
                .isEqualTo(seed);
        assertThat(new JdkLibrary().publicHalf(seed).base64())
                .isEqualTo("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    }

    @Test
    @Tag("claim-K1")
    void mislabelledKey_signsNothing_andSaysWhatToDo() throws Exception {
        var file = vector(MISLABELLED);
        assertThat(KeyFile.label(file)).isEqualTo(Label.WRONG);
        refused(
                Reason.WRONG_LABEL,
                "mvm signing-key passphrase FILE writes it rightly",
                () -> KeyFile.read(file, PassphraseSource.none("it is not asked for")));
        assertThat(Reason.WRONG_LABEL.code()).isEqualTo("wrong_label");
    }

    @Test
    void mislabelledKey_isWrittenRightly_withTheSamePassphraseToo() throws Exception {
        var file = vector(MISLABELLED);
        assertThat(KeyFile.changePassphrase(file, passphrase(PASSPHRASE), passphrase(PASSPHRASE)))
                .isEqualTo(Label.WRONG);
        assertThat(KeyFile.label(file)).isEqualTo(Label.RIGHT);
        assertThat(KeyFile.read(file, passphrase(PASSPHRASE)).verifyKey().base64())
                .isEqualTo(publicHalf(MISLABELLED));
        assertThat(KeyFile.changePassphrase(file, passphrase(PASSPHRASE), passphrase(PASSPHRASE)))
                .isEqualTo(Label.RIGHT);
    }

    @Test
    @Tag("claim-K1")
    void mislabelledKey_opensToNoOtherPassphrase() throws Exception {
        var file = vector(MISLABELLED);
        var before = Files.readString(file);
        var wrong = passphrase("another passphrase");
        refused(
                Reason.WRONG_PASSPHRASE,
                "wrong passphrase for the key " + file,
                () -> KeyFile.changePassphrase(file, wrong, wrong));
        assertThat(Files.readString(file)).isEqualTo(before);
    }

    @Test
    @Tag("claim-K1")
    void keyThatReallyUsesSha1_isRefused() throws Exception {
        for (var name : new String[] {"openssl-sha1", "jdk-sha1"}) {
            var file = vector(name);
            var before = Files.readString(file);
            var known = passphrase(PASSPHRASE);
            refused(
                    Reason.WEAK_ENCRYPTION,
                    "openssl pkcs8 -topk8 -v2 aes-256-cbc",
                    () -> KeyFile.changePassphrase(file, known, known));
            assertThat(Files.readString(file)).isEqualTo(before);
        }
    }
}
