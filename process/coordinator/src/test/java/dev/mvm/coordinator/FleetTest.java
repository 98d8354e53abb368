package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.model.Counts;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.control.v1.AskAgentResponse;
import dev.mvm.protocol.control.v1.Node;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.control.v1.PlanStep;
import dev.mvm.protocol.control.v1.PoolOutcome;
import dev.mvm.protocol.control.v1.Question;
import dev.mvm.protocol.control.v1.SecurityFinding;
import dev.mvm.protocol.control.v1.Shortfall;
import dev.mvm.protocol.control.v1.Sleep;
import dev.mvm.protocol.control.v1.Verb;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A node and an operator with a real coordinator between them.
final class FleetTest {
    @TempDir
    Path folder;

    private TestFleet fleet;

    @BeforeEach
    void start() throws Exception {
        fleet = TestFleet.start(folder);
    }

    @AfterEach
    void stop() throws Exception {
        fleet.close();
    }

    /// Waits until an answer is as it should be: what nodes say takes a moment to arrive. Below the rate limit.
    private HttpResponse<String> eventually(String path, Predicate<String> wanted) throws Exception {
        long deadline = System.nanoTime() + TestFleet.PATIENCE.toNanos();
        var answer = fleet.get(path);
        while (!wanted.test(answer.body()) && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(150);
            answer = fleet.get(path);
        }
        assertThat(answer.body()).matches(wanted);
        return answer;
    }

    @Test
    void tenantGrantScale_becomesTheNodesState() throws Exception {
        var node = fleet.node("edge-1");
        assertThat(node.nextState().tenants()).isEmpty();
        fleet.granted("acme", Grants.pool("web", 0, 9, PoolFlag.EXEC));
        StateContent state = node.nextState();
        assertThat(state.tenants()).hasSize(1);
        assertThat(state.tenants().getFirst().pools().getFirst().counts()).isEqualTo(Counts.NONE);
        var scaled = fleet.post("/v1/pools/acme/web:scale", "{\"running\":3,\"sleeping\":1}");
        assertThat(scaled.statusCode()).isEqualTo(200);
        assertThat(scaled.body()).contains("\"desired\":{\"running\":3,\"warm\":0,\"sleeping\":1}");
        assertThat(node.nextState().tenants().getFirst().pools().getFirst().counts())
                .isEqualTo(new Counts(3, 0, 1));
        node.report(
                FakeNode.instance("acme/web/i-00000001", "Running"),
                FakeNode.instance("acme/web/i-00000002", "Sleeping"));
        eventually(
                "/v1/instances?tenant=acme",
                body -> body.contains("i-00000001") && body.contains("\"node\":\"edge-1\""));
        assertThat(fleet.get("/v1/pools").body()).contains("\"actual\":{\"running\":1,\"warm\":0,\"sleeping\":1}");
        assertThat(fleet.get("/v1/instances/acme/web/i-00000002").body()).contains("\"state\":\"Sleeping\"");
        eventually(
                "/v1/nodes/edge-1",
                body -> body.contains("\"sequence_installed\":3")
                        && body.contains("\"link\":\"connected\"")
                        && body.contains("\"instances\":2"));
    }

    @Test
    void state_comesWithTheGrantsItReliesOn() throws Exception {
        fleet.granted("acme", Grants.pool("web", 0, 9));
        fleet.granted("umbrella", Grants.pool("web", 0, 9));
        var node = fleet.node("edge-1");
        var state = node.rawState();
        assertThat(state.getGrantsList()).hasSize(2);
        assertThat(fleet.documents.content(state.getEnvelope()).grants()).hasSize(2);
    }

    @Test
    void refusedState_isSeenByOperators() throws Exception {
        var node = fleet.node("edge-1");
        node.rawState();
        node.refuse(1, "beyond_grant_count");
        eventually("/v1/nodes/edge-1", body -> body.contains("\"state_refused\":\"beyond_grant_count\""));
        node.refuse(1, "<script>\u001b[2J");
        eventually("/v1/nodes/edge-1", body -> body.contains("\"state_refused\":\"unspecified\""));
    }

    /// A root reaches nodes that are there and those that come later, before any state that it vouches for.
    @Test
    @Tag("claim-T7")
    void publishedRoot_reachesEveryNode_andStatesAreSignedAnew() throws Exception {
        var here = fleet.node("edge-1");
        assertThat(fleet.documents.place(here.rawState().getEnvelope()).sequence())
                .isEqualTo(1);
        assertThat(publish(3).body()).contains("\"reason\":\"root_version\"");
        var published = publish(2);
        assertThat(published.statusCode()).isEqualTo(200);
        assertThat(published.body()).contains("\"version\":2").contains("\"signs\":true");
        assertThat(FakeNode.take(here.roots).getRootsList())
                .containsExactly(FakeDocuments.root(2).envelope());
        assertThat(fleet.documents.place(here.rawState().getEnvelope()).sequence())
                .isEqualTo(2);
        assertThat(publish(2).body()).contains("\"reason\":\"root_version\"");
        var later = fleet.node("edge-2");
        assertThat(FakeNode.take(later.roots).getRootsCount()).isEqualTo(1);
        fleet.restart();
        assertThat(fleet.get("/v1/roots").body()).contains("\"version\":2");
    }

    private HttpResponse<String> publish(int version) throws Exception {
        var envelope = Base64.getEncoder()
                .encodeToString(FakeDocuments.root(version).envelope().toByteArray());
        return fleet.post("/v1/roots", "{\"envelope\":\"" + envelope + "\"}");
    }

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
    void whatANodeFindsOfItsNetworks_isCarriedAndCleaned() throws Exception {
        var node = fleet.node("edge-1");
        eventually("/v1/nodes", body -> body.contains("edge-1"));
        var answer = CompletableFuture.supplyAsync(() -> verifyNetworks("edge-1"));
        var request = FakeNode.take(node.networks);
        assertThat(request.getDeep()).isTrue();
        node.answer(NodeMessage.NetworksAnswer.newBuilder()
                .setRequest(request.getRequest())
                .addFindings(SecurityFinding.newBuilder().setName("rules").setFound("gone\u001b[2J"))
                .addFindings(SecurityFinding.newBuilder()
                        .setName("strays")
                        .setHolds(true)
                        .setFound("x".repeat(5_000)))
                .build());
        var response = answer.get(2, TimeUnit.MINUTES);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body())
                .contains("\"name\":\"rules\"", "gone?[2J", "\"holds\":true", "x".repeat(400))
                .doesNotContain("x".repeat(401));
    }

    @Test
    void whatANodesAgentPlans_isCarriedAndCleaned() throws Exception {
        var node = fleet.node("edge-1");
        eventually("/v1/nodes", body -> body.contains("edge-1"));
        var answer = CompletableFuture.supplyAsync(() -> askAgent("PLAN"));
        var request = FakeNode.take(node.questions);
        assertThat(request.getQuestion()).isEqualTo(Question.PLAN);
        var step = PlanStep.newBuilder()
                .setInstance("acme/web/i-00000001")
                .setOperation("stop")
                .setWhy("more run\u001b than wanted")
                .setWave(1);
        node.answer(NodeMessage.AgentAnswer.newBuilder()
                .setRequest(request.getRequest())
                .setAnswer(AskAgentResponse.newBuilder()
                        .setNode("edge-2")
                        .addSteps(step)
                        .addSteps(step.clone().setInstance("../etc"))
                        .addSteps(step.clone().setOperation("format"))
                        .addShortfalls(Shortfall.newBuilder()
                                .setPool("acme/web")
                                .setLack("max running!")
                                .setInstances(-3))
                        .addOutcomes(
                                PoolOutcome.newBuilder().setPool("acme/web").setOutcome("wonderful")))
                .build());
        var response = answer.get(2, TimeUnit.MINUTES);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body())
                .contains("\"node\":\"edge-1\"", "more run? than wanted", "\"lack\":\"unspecified\"")
                .doesNotContain("etc", "format", "wonderful", "-3");
    }

    @Test
    void agentThatCannotAnswer_orAQuestionThatIsNone_isAProblem() throws Exception {
        var node = fleet.node("edge-1");
        eventually("/v1/nodes", body -> body.contains("edge-1"));
        var answer = CompletableFuture.supplyAsync(() -> askAgent("RECONCILE"));
        node.answer(NodeMessage.AgentAnswer.newBuilder()
                .setRequest(FakeNode.take(node.questions).getRequest())
                .setReason("no_state")
                .setMessage("the node has no signed state yet")
                .build());
        var response = answer.get(2, TimeUnit.MINUTES);
        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(response.body()).contains("\"reason\":\"no_state\"");
        assertThat(askAgent("QUESTION_UNSPECIFIED").statusCode()).isEqualTo(400);
    }

    private HttpResponse<String> askAgent(String question) {
        try {
            return fleet.post("/v1/nodes/edge-1:askAgent", "{\"question\":\"" + question + "\"}");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void nodeThatCannotLookAtItsNetworks_orIsNotThere_isAProblem() throws Exception {
        var node = fleet.node("edge-1");
        eventually("/v1/nodes", body -> body.contains("edge-1"));
        var answer = CompletableFuture.supplyAsync(() -> verifyNetworks("edge-1"));
        node.answer(NodeMessage.NetworksAnswer.newBuilder()
                .setRequest(FakeNode.take(node.networks).getRequest())
                .setReason("hostd_unreachable")
                .setMessage("hostd does not answer")
                .build());
        var response = answer.get(2, TimeUnit.MINUTES);
        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(response.body()).contains("\"reason\":\"hostd_unreachable\"");
        assertThat(verifyNetworks("edge-2").body()).contains("\"reason\":\"unknown_node\"");
        node.close();
        eventually("/v1/nodes", body -> body.contains("lost"));
        assertThat(verifyNetworks("edge-1").body()).contains("\"reason\":\"node_lost\"");
    }

    @Test
    void tenantsAudit_isReadFromItsNode_byteByByte() throws Exception {
        var node = fleet.node("edge-1");
        eventually("/v1/nodes", body -> body.contains("edge-1"));
        var path = "/v1/nodes/edge-1/audits/acme";
        var answer = CompletableFuture.supplyAsync(() -> asked(path + "?from=7&since=2026-06-01T12:00:00Z"));
        var request = FakeNode.take(node.audits);
        assertThat(request.getTenant()).isEqualTo("acme");
        assertThat(request.getFrom()).isEqualTo(7);
        assertThat(request.getSince()).isEqualTo("2026-06-01T12:00:00Z");
        node.answer(NodeMessage.AuditAnswer.newBuilder()
                .setRequest(request.getRequest())
                .setLines(ByteString.copyFromUtf8("{}\n"))
                .setFirst(7)
                .setNext(8)
                .build());
        assertThat(answer.get(2, TimeUnit.MINUTES).body()).contains("\"lines\":\"e30K\"", "\"first\":7", "\"next\":8");
        var refused = CompletableFuture.supplyAsync(() -> asked(path));
        node.answer(NodeMessage.AuditAnswer.newBuilder()
                .setRequest(FakeNode.take(node.audits).getRequest())
                .setReason("audit_unreadable")
                .setMessage("it cannot be read")
                .build());
        assertThat(refused.get(2, TimeUnit.MINUTES).body()).contains("\"reason\":\"audit_unreadable\"");
        for (var wrong : List.of("?from=-1", "?since=noon")) {
            assertThat(asked(path + wrong).statusCode()).as(wrong).isEqualTo(400);
        }
        assertThat(asked("/v1/nodes/edge-2/audits/acme").body()).contains("\"reason\":\"unknown_node\"");
    }

    @Test
    void whatHappens_isListed_andWaitedFor() throws Exception {
        var node = fleet.node("edge-1");
        node.report(FakeNode.instance("acme/web/i-00000001", "Running"));
        eventually("/v1/events", body -> body.contains("node_connected") && body.contains("instance_appeared"));
        assertThat(asked("/v1/events?tenant=acme").body())
                .contains("\"subject\":\"acme/web/i-00000001\"")
                .doesNotContain("node_connected");
        var waiting = CompletableFuture.supplyAsync(
                () -> asked("/v1/events?after=1000000&limit=1000&tenant=umbrella&wait_seconds=30"));
        node.report(
                FakeNode.instance("acme/web/i-00000001", "Warm"),
                FakeNode.instance("umbrella/web/i-00000002", "Running"));
        assertThat(waiting.get(2, TimeUnit.MINUTES).body())
                .contains("umbrella/web/i-00000002")
                .doesNotContain("acme");
        for (var wrong : List.of("?after=-1", "?limit=1001", "?wait_seconds=31", "?tenant=No")) {
            assertThat(asked("/v1/events" + wrong).statusCode()).as(wrong).isEqualTo(400);
        }
    }

    private HttpResponse<String> asked(String path) {
        try {
            return fleet.get(path);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private HttpResponse<String> verifyNetworks(String node) {
        try {
            return fleet.post("/v1/nodes/" + node + ":verifyNetworks", "{\"deep\":true}");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
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
        try {
            return fleet.post("/v1/instances/acme/web/i-00000001:change", "{\"verb\":\"" + verb + "\"" + more + "}");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
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

    @Test
    @Tag("claim-C3")
    void whatANodeSays_isCleaned() throws Exception {
        var node = fleet.node("edge-1");
        node.hello(Node.newBuilder()
                .setNode("edge-9")
                .setLink("\u001b]0;x")
                .setMode("evil")
                .setHostname("a\u001b[31m\n\u202e" + "x".repeat(5_000))
                .setVcpus(-1)
                .putRefusals("hostd_no_state", 3)
                .putRefusals("\u001b]0;evil", 4)
                .putRefusals("untrue", -1)
                .addOutOfService("room: 3 MiB\u001b[2J are free; make room")
                .addAllOutOfService(Collections.nCopies(70, ""))
                .addOutOfService("one line too many")
                .build());
        node.report(
                FakeNode.instance("../../etc", "Running"),
                FakeNode.instance("acme/web/i-00000001", "Exploded"),
                FakeNode.instance("acme/web/i-00000002", "Running").toBuilder()
                        .setNode("edge-9")
                        .setReason("\u0007")
                        .build(),
                FakeNode.instance("acme/web/i-00000002", "Stopped"));
        eventually("/v1/instances", body -> body.contains("i-00000002"));
        var instances = fleet.get("/v1/instances").body();
        assertThat(instances)
                .contains("\"node\":\"edge-1\"", "\"reason\":\"unspecified\"")
                .doesNotContain("etc", "Exploded", "edge-9", "Stopped");
        var about = fleet.get("/v1/nodes/edge-1").body();
        assertThat(about)
                .contains("\"node\":\"edge-1\"", "\"mode\":\"dev\"", "\"vcpus\":0", "a?[31m??")
                .contains(
                        "\"refusals\":{\"hostd_no_state\":3}",
                        "\"out_of_service\":[\"room: 3 MiB?[2J are free; make room\"")
                .doesNotContain("edge-9", "too many")
                .hasSizeLessThan(1_500);
        assertThat(fleet.get("/v1/nodes/edge-9").statusCode()).isEqualTo(404);
    }

    @Test
    void nodeThatConnectsAgain_replacesItsOldConnection() throws Exception {
        var old = fleet.node("edge-1");
        old.nextState();
        var young = fleet.node("edge-1");
        assertThat(old.ended.get(2, TimeUnit.MINUTES).getCode().name()).isEqualTo("FAILED_PRECONDITION");
        assertThat(young.nextState().tenants()).isEmpty();
        assertThat(fleet.get("/v1/nodes/edge-1").body()).contains("\"link\":\"connected\"");
    }

    @Test
    void twoNodes_shareAPoolAndOneTakesAllWhenAlone() throws Exception {
        fleet.granted("acme", Grants.pool("web", 0, 9));
        fleet.post("/v1/pools/acme/web:scale", "{\"running\":4}");
        var one = fleet.node("edge-1");
        assertThat(one.nextState()
                        .tenants()
                        .getFirst()
                        .pools()
                        .getFirst()
                        .counts()
                        .running())
                .isEqualTo(4);
        var two = fleet.node("edge-2");
        assertThat(two.nextState()
                        .tenants()
                        .getFirst()
                        .pools()
                        .getFirst()
                        .counts()
                        .running())
                .isEqualTo(2);
        assertThat(one.nextState()
                        .tenants()
                        .getFirst()
                        .pools()
                        .getFirst()
                        .counts()
                        .running())
                .isEqualTo(2);
    }

    @Test
    void restart_keepsTheChainAndKnowsItsNodes() throws Exception {
        fleet.granted("acme", Grants.pool("web", 0, 9));
        var before = fleet.node("edge-1").rawState();
        fleet.restart();
        assertThat(fleet.get("/v1/nodes").body()).contains("\"node\":\"edge-1\"", "\"link\":\"lost\"");
        var node = fleet.node("edge-1");
        assertThat(node.rawState().getEnvelope())
                .as("the same state again, not a new one")
                .isEqualTo(before.getEnvelope());
        fleet.post("/v1/pools/acme/web:scale", "{\"running\":1}");
        var next = fleet.documents.place(node.rawState().getEnvelope());
        assertThat(next.sequence())
                .isEqualTo(fleet.documents.place(before.getEnvelope()).sequence() + 1);
        assertThat(next.previous()).isPresent();
    }

    @Test
    void readyFile_isThereWhileItRuns() throws Exception {
        assertThat(folder.resolve("ready")).hasContent("ready");
        fleet.close();
        assertThat(Files.exists(folder.resolve("ready"))).isFalse();
    }

    @Test
    void tenants_areCreatedOnceAndNeverAgain() throws Exception {
        assertThat(fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}").body()).contains("\"net_id\":0", "10.240.0.0/24");
        assertThat(fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}").body()).contains("tenant_exists");
        assertThat(fleet.rest("DELETE", "/v1/tenants/acme", "").statusCode()).isEqualTo(200);
        assertThat(fleet.get("/v1/tenants").body()).doesNotContain("acme");
        var again = fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}");
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(again.body()).contains("name_used");
        assertThat(fleet.post("/v1/tenants", "{\"tenant\":\"other\"}").body())
                .contains("\"net_id\":1", "10.240.1.0/24");
        assertThat(fleet.rest("DELETE", "/v1/tenants/acme", "").statusCode()).isEqualTo(404);
    }

    @Test
    void tenantInUse_isNotForgotten() throws Exception {
        fleet.granted("acme", Grants.pool("web", 0, 9));
        fleet.post("/v1/pools/acme/web:scale", "{\"running\":1}");
        assertThat(fleet.rest("DELETE", "/v1/tenants/acme", "").body()).contains("tenant_in_use");
        fleet.post("/v1/pools/acme/web:scale", "{\"running\":0}");
        var node = fleet.node("edge-1");
        node.report(FakeNode.instance("acme/web/i-00000001", "Stopped"));
        eventually("/v1/instances", body -> body.contains("i-00000001"));
        assertThat(fleet.rest("DELETE", "/v1/tenants/acme", "").body()).contains("tenant_in_use");
        node.report(FakeNode.instance("acme/web/i-00000001", "Destroyed"));
        eventually("/v1/instances", body -> body.contains("Destroyed"));
        assertThat(fleet.rest("DELETE", "/v1/tenants/acme", "").statusCode()).isEqualTo(200);
    }

    @Test
    void scaling_staysWithinTheGrant() throws Exception {
        fleet.granted("acme", Grants.pool("web", 0, 9));
        assertThat(fleet.post("/v1/pools/acme/web:scale", "{\"running\":10}").body())
                .contains("beyond_grant_count");
        var beyondCap = fleet.post("/v1/pools/acme/web:scale", "{\"running\":101}");
        assertThat(beyondCap.statusCode()).isEqualTo(400);
        assertThat(fleet.post("/v1/pools/acme/web:scale", "{\"running\":-1}").statusCode())
                .isEqualTo(400);
        assertThat(fleet.post("/v1/pools/acme/db:scale", "{\"running\":1}").body())
                .contains("unknown_pool");
        assertThat(fleet.post("/v1/pools/none/db:scale", "{\"running\":1}").body())
                .contains("unknown_tenant");
        assertThat(fleet.get("/v1/pools").body()).contains("\"desired\":{\"running\":0,");
    }

    @Test
    void revision_canBeChosenAndGivenBack() throws Exception {
        fleet.granted("acme", Grants.pool("web", 0, 9));
        var two = Grants.revision("two").digest();
        var node = fleet.node("edge-1");
        assertThat(node.nextState().tenants().getFirst().pools().getFirst().revision())
                .isEqualTo(Grants.revision("one"));
        assertThat(fleet.post("/v1/pools/acme/web:revise", "{\"revision\":\"" + two + "\"}")
                        .body())
                .contains(two.value());
        assertThat(node.nextState().tenants().getFirst().pools().getFirst().revision())
                .isEqualTo(Grants.revision("two"));
        var other = Grants.revision("three").digest();
        assertThat(fleet.post("/v1/pools/acme/web:revise", "{\"revision\":\"" + other + "\"}")
                        .body())
                .contains("beyond_grant_revision");
        assertThat(fleet.post("/v1/pools/acme/web:revise", "").body())
                .contains(Grants.revision("one").digest().value());
    }

    @Test
    void grants_areRefusedForAReason() throws Exception {
        assertThat(fleet.publish(fleet.documents.envelope(Grants.grant("acme", 1, 0, Grants.PLENTY)))
                        .body())
                .contains("unknown_tenant");
        fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}");
        assertThat(fleet.publish(ByteString.copyFromUtf8("forged")).body()).contains("untrusted_key");
        assertThat(fleet.publish(fleet.documents.envelope(Grants.grant("acme", 1, 7, Grants.PLENTY)))
                        .body())
                .contains("beyond_grant_network");
        assertThat(fleet.publish(fleet.documents.envelope(Grants.grant("acme", 2, 0, Grants.PLENTY)))
                        .statusCode())
                .isEqualTo(200);
        assertThat(fleet.publish(fleet.documents.envelope(Grants.grant("acme", 2, 0, Grants.PLENTY)))
                        .statusCode())
                .as("the same again")
                .isEqualTo(200);
        assertThat(fleet.publish(fleet.documents.envelope(Grants.grant("acme", 1, 0, Grants.PLENTY)))
                        .body())
                .contains("grant_superseded");
        var other = Grants.grant("acme", 2, 0, Grants.PLENTY, Grants.pool("web", 0, 1));
        assertThat(fleet.publish(fleet.documents.envelope(other)).body()).contains("grant_superseded");
    }
}
