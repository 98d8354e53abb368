package dev.mvm.linux.libcrypto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Sealing and deriving, held against the JDK's.
final class AesGcmTest {
    private static final byte[] AAD = "aad".getBytes(US_ASCII);

    private final Libcrypto libcrypto = new Libcrypto();
    private final AesGcm aes = new AesGcm(libcrypto);
    private final Random random = new Random(38);

    AesGcmTest() throws Exception {}

    private byte[] bytes(int size) {
        var out = new byte[size];
        random.nextBytes(out);
        return out;
    }

    private static byte[] opened(AesGcm aes, SecretMemory key, byte[] aad, byte[] sealed, int size) {
        try (var arena = Arena.ofConfined()) {
            var into = arena.allocate(Math.max(size, 1)).asSlice(0, size);
            return aes.open(key, aad, sealed, into) ? into.toArray(JAVA_BYTE) : new byte[] {1, 1};
        }
    }

    @Test
    void whatIsSealed_opensHereAndInTheJdk() throws Exception {
        for (int size : new int[] {0, 1, 15, 16, 4096, 1_000_003}) {
            var secret = bytes(32);
            var plain = bytes(size);
            try (var key = SecretMemory.allocate(32);
                    var arena = Arena.ofConfined()) {
                key.bytes().copyFrom(MemorySegment.ofArray(secret));
                var sealed = aes.seal(key, AAD, arena.allocateFrom(JAVA_BYTE, plain));
                assertThat(sealed).hasSize(size + AesGcm.OVERHEAD);
                assertThat(opened(aes, key, AAD, sealed, size)).isEqualTo(plain);
                var jdk = Cipher.getInstance("AES/GCM/NoPadding");
                jdk.init(
                        Cipher.DECRYPT_MODE,
                        new SecretKeySpec(secret, "AES"),
                        new GCMParameterSpec(128, Arrays.copyOf(sealed, 12)));
                jdk.updateAAD(AAD);
                assertThat(jdk.doFinal(sealed, 12, sealed.length - 12)).isEqualTo(plain);
            }
        }
    }

    @Test
    void sealedTwice_isNotTheSame() throws Exception {
        try (var key = SecretMemory.allocate(32);
                var arena = Arena.ofConfined()) {
            var plain = arena.allocate(100);
            assertThat(aes.seal(key, AAD, plain)).isNotEqualTo(aes.seal(key, AAD, plain));
        }
    }

    @Test
    @Tag("claim-V1")
    void anythingElse_doesNotOpenAndLeavesZeros() throws Exception {
        try (var key = SecretMemory.allocate(32);
                var other = SecretMemory.allocate(32);
                var arena = Arena.ofConfined()) {
            key.bytes().copyFrom(MemorySegment.ofArray(bytes(32)));
            other.bytes().copyFrom(MemorySegment.ofArray(bytes(32)));
            var sealed = aes.seal(key, AAD, arena.allocateFrom(JAVA_BYTE, bytes(64)));
            var into = arena.allocateFrom(JAVA_BYTE, bytes(64));
            assertThat(aes.open(other, AAD, sealed, into)).isFalse();
            assertThat(into.toArray(JAVA_BYTE)).containsOnly(0);
            assertThat(aes.open(key, "aae".getBytes(US_ASCII), sealed, into)).isFalse();
            assertThat(aes.open(key, new byte[0], sealed, into)).isFalse();
            assertThat(aes.open(key, AAD, Arrays.copyOf(sealed, 91), into)).isFalse();
            assertThat(aes.open(key, AAD, new byte[0], into)).isFalse();
            for (int at = 0; at < sealed.length; at++) {
                var altered = sealed.clone();
                altered[at] ^= (byte) (1 << at % 8);
                assertThat(aes.open(key, AAD, altered, into)).as("byte %d", at).isFalse();
                assertThat(into.toArray(JAVA_BYTE)).containsOnly(0);
            }
            assertThat(aes.open(key, AAD, sealed, into)).isTrue();
        }
    }

    @Test
    void derivedKeys_areThoseOfTheJdk() throws Exception {
        var hkdf = new Hkdf(libcrypto);
        for (var info : new String[] {"", "a", "mvm volume v1\nseal\ndemo\ni-00000001\n"}) {
            var secret = bytes(32);
            var jdk = KDF.getInstance("HKDF-SHA256")
                    .deriveData(HKDFParameterSpec.expandOnly(
                            new SecretKeySpec(secret, "Generic"), info.getBytes(US_ASCII), Hkdf.SIZE));
            try (var key = SecretMemory.allocate(32)) {
                key.bytes().copyFrom(MemorySegment.ofArray(secret));
                try (var derived = hkdf.derive(key.bytes(), info)) {
                    assertThat(derived.bytes().toArray(JAVA_BYTE)).isEqualTo(jdk);
                }
            }
        }
    }
}
