package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.protocol.control.v1.KeyUse;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.control.v1.Sleep;
import dev.mvm.protocol.control.v1.Verb;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Calls about instances, carried to their nodes and back.
final class InstanceCallsTest extends FleetTestBase {
    @Test
    void verb_isCarriedToTheNodeAndBack() throws Exception {
        var node = fleet.node("edge-1");
        node.report(FakeNode.instance("acme/web/i-00000001", "Running"));
        eventually("/v1/instances", body -> body.contains("i-00000001"));
        var answer = CompletableFuture.supplyAsync(() -> change("SLEEP"));
        var request = FakeNode.take(node.verbs);
        assertThat(request.getVerb()).isEqualTo(Verb.SLEEP);
        assertThat(request.getAddress()).isEqualTo("acme/web/i-00000001");
        assertThat(request.getForce()).isFalse();
        var sleep = Sleep.newBuilder()
                .setEpoch(3)
                .setMemoryBytes(134_217_728)
                .setSealedBytes(-1)
                .setSealMillis(700)
                .setSleptAt("2026-01-02T03:04:05Z\u001b[2J");
        node.answer(NodeMessage.VerbAnswer.newBuilder()
                .setRequest(request.getRequest())
                .setDone(true)
                .setInstance(FakeNode.instance("acme/web/i-00000001", "Sleeping").toBuilder()
                        .setSleep(sleep))
                .build());
        var response = answer.get(2, TimeUnit.MINUTES);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("\"state\":\"Sleeping\"");
        assertThat(fleet.get("/v1/instances/acme/web/i-00000001").body())
                .contains("Sleeping")
                .contains("\"sleep\":{\"epoch\":3,\"memory_bytes\":134217728,\"sealed_bytes\":0,\"seal_millis\":700,"
                        + "\"open_millis\":0,\"slept_at\":\"2026-01-02T03:04:05Z?[2J\"}");
    }

    private static KeyUse use(String purpose, String key, int version) {
        return KeyUse.newBuilder()
                .setPurpose(purpose)
                .setKey(key)
                .setVersion(version)
                .build();
    }

    /// From it operators are told what is lost with a key; a node that was taken over gets no other text to them.
    @Test
    void keysThatANodeReports_areShown_ifTheyAreKeys() throws Exception {
        var node = fleet.node("edge-1");
        var asleep = FakeNode.instance("acme/web/i-00000001", "Sleeping").toBuilder();
        node.report(asleep.addKeys(use("snapshot", "snap", 2))
                .addKeys(use("volume", "", 0))
                .build());
        eventually(
                "/v1/instances",
                body -> body.contains("\"keys\":[{\"purpose\":\"snapshot\",\"key\":\"snap\",\"version\":2},"
                        + "{\"purpose\":\"volume\",\"key\":\"\",\"version\":0}]"));
        for (var bad : List.of(
                use("backup", "snap", 2),
                use("snapshot", "\u001b[2J", 2),
                use("snapshot", "snap", 0),
                use("snapshot", "snap", -1),
                use("snapshot", "", 3))) {
            node.report(asleep.clearKeys().addKeys(bad).build());
            eventually("/v1/instances", body -> body.contains("\"keys\":[]"));
            node.report(asleep.clearKeys().addKeys(use("snapshot", "snap", 2)).build());
            eventually("/v1/instances", body -> body.contains("\"key\":\"snap\""));
        }
    }

    @Test
    void force_isCarriedWithSleep_andWithNothingElse() throws Exception {
        var node = fleet.node("edge-1");
        node.report(FakeNode.instance("acme/web/i-00000001", "Running"));
        eventually("/v1/instances", body -> body.contains("i-00000001"));
        var path = "/v1/instances/acme/web/i-00000001:change";
        for (var verb : List.of("STOP", "WARM", "WAKE", "DESTROY")) {
            var refused = fleet.post(path, "{\"verb\":\"" + verb + "\",\"force\":true}");
            assertThat(refused.statusCode()).as(verb).isEqualTo(400);
            assertThat(refused.body()).contains("only SLEEP can be forced");
        }
        var forced = CompletableFuture.supplyAsync(() -> change("SLEEP", ",\"force\":true"));
        var request = FakeNode.take(node.verbs);
        assertThat(request.getVerb()).isEqualTo(Verb.SLEEP);
        assertThat(request.getForce()).isTrue();
        node.answer(NodeMessage.VerbAnswer.newBuilder()
                .setRequest(request.getRequest())
                .setReason("no_snapshot_key")
                .setMessage("there is no key")
                .build());
        assertThat(forced.get(2, TimeUnit.MINUTES).body()).contains("\"reason\":\"no_snapshot_key\"");
    }

    @Test
    void refusedVerb_isAProblemWithItsReason() throws Exception {
        var node = fleet.node("edge-1");
        node.report(FakeNode.instance("acme/web/i-00000001", "Running"));
        eventually("/v1/instances", body -> body.contains("i-00000001"));
        var answer = CompletableFuture.supplyAsync(() -> change("WAKE"));
        var request = FakeNode.take(node.verbs);
        node.answer(NodeMessage.VerbAnswer.newBuilder()
                .setRequest(request.getRequest())
                .setReason("not_permitted_now")
                .setMessage("a running instance cannot wake")
                .build());
        var response = answer.get(2, TimeUnit.MINUTES);
        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(response.body()).contains("\"reason\":\"not_permitted_now\"", "cannot wake");
        assertThat(fleet.metrics())
                .as("a node's words are no labels")
                .contains("mvm_coordinator_requests_failed_total{method=\"change_instance\",reason=\"node\"} 1\n")
                .doesNotContain("not_permitted_now");
    }

    @Test
    void nodeThatGoesAwayInTheMiddle_isAProblem() throws Exception {
        var node = fleet.node("edge-1");
        node.report(FakeNode.instance("acme/web/i-00000001", "Running"));
        eventually("/v1/instances", body -> body.contains("i-00000001"));
        var answer = CompletableFuture.supplyAsync(() -> change("STOP"));
        FakeNode.take(node.verbs);
        node.close();
        var response = answer.get(2, TimeUnit.MINUTES);
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body()).contains("node_lost");
        eventually("/v1/nodes/edge-1", body -> body.contains("\"link\":\"lost\""));
        assertThat(change("STOP").body()).contains("node_lost");
    }

    private HttpResponse<String> change(String verb) {
        return change(verb, "");
    }

    private HttpResponse<String> change(String verb, String more) {
        return posted("/v1/instances/acme/web/i-00000001:change", "{\"verb\":\"" + verb + "\"" + more + "}");
    }

    @Test
    @Tag("claim-C3")
    void twoNodesThatClaimTheSameInstance_getNothing() throws Exception {
        var one = fleet.node("edge-1");
        var two = fleet.node("edge-2");
        one.report(FakeNode.instance("acme/web/i-00000001", "Running"));
        two.report(FakeNode.instance("acme/web/i-00000001", "Running"));
        eventually("/v1/instances", body -> body.contains("edge-1") && body.contains("edge-2"));
        var answer = change("STOP");
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.body()).contains("ambiguous_instance");
        assertThat(one.verbs).isEmpty();
        assertThat(two.verbs).isEmpty();
    }
}
