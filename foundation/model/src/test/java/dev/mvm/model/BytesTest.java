package dev.mvm.model;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BytesTest {
    @Test
    void ofBase64_canonical_reads() {
        assertThat(Bytes.ofBase64("bXZt")).isEqualTo(Bytes.of("mvm".getBytes(US_ASCII)));
        assertThat(Bytes.ofBase64("bQ==")).isEqualTo(Bytes.of("m".getBytes(US_ASCII)));
        assertThat(Bytes.ofBase64("")).isEqualTo(Bytes.EMPTY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bQ", "bQ=", "bR==", "bX\nZt", "bXZt ", "bXZt=", "_-8=", "bXZ\u00e9", "=", "bQ==bQ=="})
    void ofBase64_anotherSpelling_isRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Bytes.ofBase64(text));
    }
}
