package dev.mvm.crypto.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class VerifyKeyTest {
    /// RFC 8032, 7.1, test 1.
    private static final String GOOD = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0100000000000000000000000000000000000000000000000000000000000000",
                "0100000000000000000000000000000000000000000000000000000000000080",
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0000000000000000000000000000000000000000000000000000000000000080",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            })
    void keyOfSmallOrder_isRefused(String hex) {
        assertThatThrownBy(() -> new VerifyKey(HexFormat.of().parseHex(hex))).hasMessageContaining("small order");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            })
    void secondNameOfAKey_isRefused(String hex) {
        assertThatThrownBy(() -> new VerifyKey(HexFormat.of().parseHex(hex))).hasMessageContaining("reduced");
    }

    @Test
    void otherLengths_areRefused() {
        assertThatThrownBy(() -> new VerifyKey(new byte[31])).hasMessageContaining("32 bytes");
        assertThatThrownBy(() -> new VerifyKey(new byte[33])).hasMessageContaining("32 bytes");
    }

    @Test
    void base64_readsBackAndIsUnique() {
        var key = new VerifyKey(HexFormat.of().parseHex(GOOD));
        assertThat(VerifyKey.ofBase64(key.base64())).isEqualTo(key);
        assertThat(key.id().value()).startsWith("ed25519:").hasSize(72);
        assertThatThrownBy(() -> VerifyKey.ofBase64(key.base64().replace("=", "")))
                .isInstanceOf(IllegalArgumentException.class);
        // the last character carries four unused bits
        var sloppy = key.base64().substring(0, 42) + (char) (key.base64().charAt(42) + 1) + "=";
        assertThatThrownBy(() -> VerifyKey.ofBase64(sloppy)).isInstanceOf(IllegalArgumentException.class);
    }
}
