package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.verifyjdk.JdkEd25519;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeyFileTest {
    private static final PassphraseSource NONE = PassphraseSource.none("the key is plain");

    @TempDir
    Path dir;

    @Test
    void createdKey_readsBackAndSigns() throws Exception {
        var file = dir.resolve("root.key");
        var made = KeyFile.create(file);
        var read = KeyFile.read(file, NONE);
        assertThat(read.verifyKey()).isEqualTo(made.verifyKey());
        var message = "what may run is signed".getBytes(UTF_8);
        assertThat(new JdkEd25519().valid(made.verifyKey(), message, read.sign(message)))
                .isTrue();
        assertThat(Files.readString(KeyFile.publicHalf(file)).strip())
                .isEqualTo(made.verifyKey().base64());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    /// RFC 8032, 7.1, test 2, as openssl genpkey would have written it.
    @Test
    void knownKey_makesTheKnownSignature() throws Exception {
        var file = dir.resolve("rfc.key");
        var pkcs8 = HexFormat.of()
                .parseHex(
                        "302e020100300506032b6570042204204ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                file,
                "-----BEGIN PRIVATE KEY-----\n"
                        + java.util.Base64.getEncoder().encodeToString(pkcs8)
                        + "\n-----END PRIVATE KEY-----\n");
        var key = KeyFile.read(file, NONE);
        assertThat(HexFormat.of().formatHex(key.verifyKey().raw()))
                .isEqualTo("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        assertThat(HexFormat.of().formatHex(key.sign(new byte[] {0x72})))
                .isEqualTo("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    }

    @Test
    void existingKey_isNeverOverwritten() throws Exception {
        var file = dir.resolve("root.key");
        var made = KeyFile.create(file);
        assertThatThrownBy(() -> KeyFile.create(file)).hasMessageContaining("exists already");
        assertThat(KeyFile.read(file, NONE).verifyKey()).isEqualTo(made.verifyKey());
    }

    @Test
    @Tag("claim-K1")
    void keyThatOthersMayRead_isRefused() throws Exception {
        var file = dir.resolve("root.key");
        assertThat(KeyFile.create(file)).isNotNull();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> KeyFile.read(file, NONE)).hasMessageContaining("others may read");
    }

    @Test
    void whatIsNoKey_isRefusedInOneLine() throws Exception {
        var file = dir.resolve("odd.key");
        assertThatThrownBy(() -> KeyFile.read(file, NONE)).hasMessageContaining("no such file");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        for (var text : new String[] {
            "", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "x".repeat(2000)
        }) {
            Files.writeString(file, text);
            assertThatThrownBy(() -> KeyFile.read(file, NONE))
                    .isInstanceOf(SigningException.class)
                    .message()
                    .doesNotContain("\n");
        }
    }
}
