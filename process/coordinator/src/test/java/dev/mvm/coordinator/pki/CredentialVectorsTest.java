package dev.mvm.coordinator.pki;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// Credentials that openssl and mvm have written on several JDKs: each is read on this one, and written again byte
/// for byte. The files are described in the README beside them.
final class CredentialVectorsTest {
    private static final Path VECTORS = Path.of("src/test/resources/dev/mvm/coordinator/pki");

    /// PKCS #8 of a key on P-256, up to its 32 bytes: what JDKs write, without the public key that openssl adds.
    private static final String PREFIX = "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420";

    private static byte[] written(ServerCredential credential) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(PemText.of(credential.key()));
        out.writeBytes(PemText.of(credential.chain()));
        return out.toByteArray();
    }

    @Test
    void credentialsOfOthersAndOfOtherJdks_areReadAndWrittenByteForByte() throws Exception {
        for (var name : new String[] {"jdk-25.0.3", "jdk-25.0.5.1", "openssl"}) {
            var text = Files.readAllBytes(VECTORS.resolve(name + ".test-vector.pem"));
            var credential = PemText.credential(text, name);
            assertThat(credential.fits()).as(name).isTrue();
            assertThat(new String(written(credential), US_ASCII)).as(name).isEqualTo(new String(text, US_ASCII));
        }
    }

    @Test
    void newKey_hasTheBytesThatKeysAlwaysHad() {
        var encoded = Authority.newKeyPair().getPrivate().getEncoded();
        assertThat(HexFormat.of().formatHex(encoded)).startsWith(PREFIX).hasSize(PREFIX.length() + 64);
    }

    @Test
    void keyOfAnotherCertificate_doesNotFit() throws Exception {
        var one = PemText.credential(Files.readAllBytes(VECTORS.resolve("openssl.test-vector.pem")), "one");
        var other = Authority.newKeyPair().getPrivate();
        assertThat(new ServerCredential(other, one.chain()).fits()).isFalse();
    }
}
