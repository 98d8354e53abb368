package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.json.Json;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.transparency.Merkle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The log of states as operators read it over REST, member by member: `mvm audit` and `mvm witness` read the same.
final class LogCallsTest extends FleetTestBase {
    private Json.Obj get(String path) throws Exception {
        var answer = fleet.get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Json.parseObject(answer.body().getBytes(StandardCharsets.UTF_8), JsonLimits.foreign(1 << 22));
    }

    private void refused(String path, int status, String reason) throws Exception {
        var answer = fleet.get(path);
        assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains("\"reason\":\"" + reason + "\"");
    }

    private static List<byte[]> list(Json.Obj answer, String name) {
        var out = new ArrayList<byte[]>();
        for (var item : ((Json.Arr) answer.members().get(name)).items()) {
            out.add(Base64.getDecoder().decode(((Json.Str) item).value()));
        }
        return out;
    }

    private static byte[] bytes(Json.Obj answer, String name) {
        return Base64.getDecoder().decode(((Json.Str) answer.members().get(name)).value());
    }

    @Test
    void emptyLog_hasNoHead() throws Exception {
        var head = get("/v1/log/head");
        assertThat(head.members().get("size")).isEqualTo(new Json.Int(0));
        assertThat(bytes(head, "envelope")).isEmpty();
        assertThat(list(get("/v1/log"), "envelopes")).isEmpty();
    }

    @Test
    void states_areReadWithHeadPathsAndGrants() throws Exception {
        var grant = fleet.granted("acme", Grants.pool("web", 0, 9));
        var node = fleet.node("edge-1");
        var first = node.rawState().getEnvelope();
        fleet.post("/v1/pools/acme/web:scale", "{\"running\":2}");
        var second = node.rawState().getEnvelope();
        var leaves = List.of(Merkle.leaf(first.toByteArray()), Merkle.leaf(second.toByteArray()));
        var root = Merkle.node(leaves.getFirst(), leaves.getLast());
        var head = get("/v1/log/head");
        assertThat(head.members().get("size")).isEqualTo(new Json.Int(2));
        assertThat(head.members().get("root_hash")).isEqualTo(new Json.Str(root.value()));
        assertThat(new String(bytes(head, "envelope"), StandardCharsets.UTF_8)).startsWith("head 2 " + root);
        assertThat(list(get("/v1/log?from=0&limit=1000"), "envelopes"))
                .containsExactly(first.toByteArray(), second.toByteArray());
        assertThat(list(get("/v1/log?from=1&limit=1"), "envelopes")).containsExactly(second.toByteArray());
        assertThat(list(get("/v1/log?from=2"), "envelopes")).isEmpty();
        var consistency = list(get("/v1/log/consistency?from=1&to=2"), "hashes").stream()
                .map(Digest::ofHash)
                .toList();
        assertThat(Merkle.continues(1, leaves.getFirst(), 2, root, consistency)).isTrue();
        assertThat(list(get("/v1/log/consistency?from=2&to=2"), "hashes")).isEmpty();
        var inclusion = list(get("/v1/log/proof?index=1&size=2"), "hashes").stream()
                .map(Digest::ofHash)
                .toList();
        assertThat(Merkle.includes(2, root, 1, leaves.getLast(), inclusion)).isTrue();
        assertThat(bytes(get("/v1/grants?digest=" + grant.digest()), "envelope"))
                .isEqualTo(fleet.documents.envelope(grant).toByteArray());
    }

    @Test
    void whatTheLogDoesNotHave_isRefused() throws Exception {
        var _ = fleet.node("edge-1").rawState();
        refused("/v1/log?from=-1", 400, "invalid_request");
        refused("/v1/log?limit=1001", 400, "invalid_request");
        refused("/v1/log/proof?index=1&size=1", 400, "invalid_request");
        refused("/v1/log/proof?index=0&size=2", 400, "invalid_request");
        refused("/v1/log/consistency?from=2&to=1", 400, "invalid_request");
        refused("/v1/log/consistency?from=1&to=2", 400, "invalid_request");
        refused("/v1/grants?digest=" + Digest.of(new byte[0]), 404, "unknown_grant");
        refused("/v1/grants?digest=web", 400, "invalid_request");
    }
}
