package dev.mvm.crypto.sign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.crypto.sign.EncryptedPkcs8.Hash;
import dev.mvm.crypto.sign.SigningException.Reason;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// The encoding of encrypted keys: one way to write each, and everything else is refused for a reason.
final class EncryptedPkcs8Test {
    private static EncryptedPkcs8 any(Draw draw) {
        return new EncryptedPkcs8(
                draw.one(Hash.SHA_256, Hash.SHA_1),
                draw.flag(),
                draw.bytes(1, 1024),
                draw.between(0, Long.MAX_VALUE),
                draw.bytes(16, 16),
                new byte[16 * draw.intBetween(1, 400)]);
    }

    private static void refused(Reason reason, byte[] document) {
        assertThatThrownBy(() -> EncryptedPkcs8.parse(document, "the key K"))
                .isInstanceOfSatisfying(
                        SigningException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void anyDocument_readsBackAsItWasWritten() {
        Property.holds(500, draw -> {
            var document = any(draw);
            var bytes = document.encoded();
            var read = EncryptedPkcs8.parse(bytes, "the key K");
            assertThat(read.encoded()).isEqualTo(bytes);
            assertThat(read).usingRecursiveComparison().isEqualTo(document);
        });
    }

    @Test
    void anyDocumentThatIsCutOrGoesOn_isDamaged() {
        Property.holds(200, draw -> {
            var bytes = any(draw).encoded();
            refused(Reason.NOT_A_KEY, Arrays.copyOf(bytes, draw.intBetween(0, bytes.length - 1)));
            refused(Reason.NOT_A_KEY, Arrays.copyOf(bytes, bytes.length + draw.intBetween(1, 20)));
        });
    }

    @Test
    void lengthsThatAreNotTheShortest_areDamage() {
        for (var length : new String[] {"8101", "820001", "83000001", "80", "ff"}) {
            var hex = "30" + length + "00";
            refused(Reason.NOT_A_KEY, HexFormat.of().parseHex(hex));
        }
    }

    @Test
    void numbersThatAreNotTheShortest_orNegative_areDamage() {
        for (var number : new String[] {"0200", "02020001", "0201ff", "0209010000000000000000"}) {
            assertThatThrownBy(() -> new Der(HexFormat.of().parseHex(number)).number())
                    .as(number)
                    .isInstanceOf(Der.UnexpectedException.class);
        }
    }

    @Test
    void otherLengthOfKey_isOtherMeans() {
        var hex = HexFormat.of()
                .formatHex(new EncryptedPkcs8(Hash.SHA_256, true, new byte[16], 600_000, new byte[16], new byte[48])
                        .encoded());
        assertThat(hex).contains("020120");
        refused(Reason.WEAK_ENCRYPTION, HexFormat.of().parseHex(hex.replace("020120", "020110")));
    }

    @FuzzTest(maxDuration = "10s")
    void anyBytes_areReadAndWrittenTheSame_orRefused(byte[] input) {
        try {
            assertThat(EncryptedPkcs8.parse(input, "the key K").encoded()).isEqualTo(input);
        } catch (SigningException e) {
            assertThat(e.reason()).isIn(Reason.NOT_A_KEY, Reason.WEAK_ENCRYPTION);
            assertThat(e.getMessage()).matches("[ -~]*");
        }
    }
}
