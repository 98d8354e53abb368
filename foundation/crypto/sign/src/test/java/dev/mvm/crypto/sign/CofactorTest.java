package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Keys of mixed order, a point of order eight added to an honest one. The JDK and libcrypto agree on each signature:
/// otherwise agent and hostd could be made to believe different states.
final class CofactorTest {
    private static final VerifyKey MIXED =
            new VerifyKey(HexFormat.of().parseHex("9d7a6764882b69b4be0ddd8adc05244ed1c2e55b5abc8ab4d956159fefd753b9"));

    /// The hash of signature, key and message is a multiple of eight, so that the added point vanishes.
    private static final String VALID = "b65457bde39eea68fa572d5748e87972b19cd274ea0533f8594c9dd0233bd719"
            + "2377a50b66d31727d311f7238825a405f691cc2cf22dec2cdf125bb8b906fd00";

    /// The point does not vanish, but would in an equation that is multiplied by the cofactor.
    private static final String WITH_COFACTOR = "bd1978aec82630870f2df1518ab3cf95a2ca92be86515a973a990f2db808c6ce"
            + "3f4f47c49321794567063e25167edb9b3b1a62ab9aed47f7f20c25be348a0b01";

    private static List<SignatureCheck> both() {
        return List.of(
                new JdkLibrary().check(), LibcryptoLibrary.find().orElseThrow().check());
    }

    private static boolean valid(SignatureCheck check, String message, String signature) {
        return check.valid(MIXED, message.getBytes(US_ASCII), HexFormat.of().parseHex(signature));
    }

    @Test
    void keyOfMixedOrder_isAccepted() {
        assertThat(both()).allMatch(check -> valid(check, "message 1", VALID));
        assertThat(both()).noneMatch(check -> valid(check, "message 2", VALID));
    }

    @Test
    void signatureThatIsValidWithTheCofactorOnly_isRefused() {
        assertThat(both()).noneMatch(check -> valid(check, "message 0", WITH_COFACTOR));
    }
}
