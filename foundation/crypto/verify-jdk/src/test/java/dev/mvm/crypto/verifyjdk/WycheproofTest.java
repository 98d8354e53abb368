package dev.mvm.crypto.verifyjdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// All of Wycheproof's Ed25519 verification cases.
final class WycheproofTest {
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Case(long id, String comment, byte[] key, byte[] message, byte[] signature, boolean valid) {}

    @Test
    @Tag("claim-T1")
    void everyCase_isDecidedAsItSays() throws Exception {
        var check = new JdkEd25519();
        int valid = 0;
        int invalid = 0;
        for (var c : cases()) {
            boolean answer = check.valid(new VerifyKey(c.key), c.message, c.signature);
            assertThat(answer).as("tcId %d: %s", c.id, c.comment).isEqualTo(c.valid);
            if (c.valid) {
                valid++;
            } else {
                invalid++;
            }
        }
        assertThat(valid).isEqualTo(88);
        assertThat(invalid).isEqualTo(63);
    }

    private static List<Case> cases() throws IOException, JsonException {
        var hex = HexFormat.of();
        var out = new ArrayList<Case>();
        try (var in = WycheproofTest.class.getResourceAsStream("/ed25519_test.json")) {
            var file = Json.parseObject(in.readAllBytes(), JsonLimits.foreign(1 << 20))
                    .fields();
            for (var group : file.array("testGroups", 1000)) {
                var fields = ((Json.Obj) group).fields();
                var key = fields.object("publicKey").fields().parsed("pk", hex::parseHex);
                for (var item : fields.array("tests", 1000)) {
                    var test = ((Json.Obj) item).fields();
                    out.add(new Case(
                            test.integer("tcId", 0, 10_000),
                            test.string("comment"),
                            key,
                            test.parsed("msg", hex::parseHex),
                            test.parsed("sig", hex::parseHex),
                            test.string("result").equals("valid")));
                }
            }
        }
        return out;
    }
}
