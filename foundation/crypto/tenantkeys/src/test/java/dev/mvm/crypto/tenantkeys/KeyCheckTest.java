package dev.mvm.crypto.tenantkeys;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.libcrypto.Hkdf;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

final class KeyCheckTest {
    private static final String INFO = "mvm key check v1";

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /// Derives it as hostd does, by libcrypto.
    private static byte[] native16(byte[] key) throws Exception {
        var hkdf = new Hkdf(new Libcrypto());
        try (var memory = SecretMemory.allocate(key.length)) {
            memory.bytes().copyFrom(MemorySegment.ofArray(key));
            try (var derived = hkdf.derive(memory.bytes(), INFO)) {
                return Arrays.copyOf(derived.bytes().toArray(ValueLayout.JAVA_BYTE), 16);
            }
        }
    }

    private static byte[] jdk16(byte[] key) throws Exception {
        return KDF.getInstance("HKDF-SHA256")
                .deriveData(
                        HKDFParameterSpec.expandOnly(new SecretKeySpec(key, "Generic"), INFO.getBytes(US_ASCII), 16));
    }

    /// The one that docs/protocol/keys.md shows.
    @Test
    void vectorOfTheDocument_isWhatAllThreeDerive() throws Exception {
        var key = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        var check = "015f4211254f7182f457ca1851a504f2";
        assertThat(hex(KeyCheck.of(key).array())).isEqualTo(check);
        assertThat(hex(native16(key))).isEqualTo(check);
        assertThat(hex(jdk16(key))).isEqualTo(check);
        var document = Files.readString(Path.of("../../../docs/protocol/keys.md"), UTF_8);
        assertThat(document).contains("| " + hex(key) + " |", "| " + check + " |");
    }

    @Test
    void anyKey_hasOneCheckValue_ofItsOwn() throws Exception {
        var random = new Random(7);
        var key = new byte[32];
        for (int i = 0; i < 50; i++) {
            random.nextBytes(key);
            var before = key.clone();
            var check = KeyCheck.of(key);
            assertThat(key).isEqualTo(before);
            assertThat(check).isEqualTo(Bytes.of(native16(key))).isEqualTo(Bytes.of(jdk16(key)));
            key[i % 32] ^= 1;
            assertThat(KeyCheck.of(key)).isNotEqualTo(check);
        }
    }
}
