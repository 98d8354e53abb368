package dev.mvm.crypto.verifyjdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.crypto.verify.VerifyKey;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class JdkEd25519Test {
    /// RFC 8032, 7.1, test 1.
    private static final String KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    @Test
    void signatureOfAnyOtherLength_isNotValid() {
        var key = new VerifyKey(HexFormat.of().parseHex(KEY));
        for (int length : new int[] {0, 1, 63, 65, 128}) {
            assertThat(new JdkEd25519().valid(key, new byte[0], new byte[length]))
                    .isFalse();
        }
    }
}
