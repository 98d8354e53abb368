package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.protocol.control.v1.AskAgentResponse;
import dev.mvm.protocol.control.v1.Node;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.control.v1.PlanStep;
import dev.mvm.protocol.control.v1.PoolOutcome;
import dev.mvm.protocol.control.v1.Question;
import dev.mvm.protocol.control.v1.SecurityFinding;
import dev.mvm.protocol.control.v1.Shortfall;
import java.net.http.HttpResponse;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Calls about nodes: reports, findings, plans, audits and events.
final class NodeCallsTest extends FleetTestBase {
    @Test
    void findingsOfANode_areReturnedSanitized() throws Exception {
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
    void planOfAnAgent_isReturnedSanitized() throws Exception {
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
    void agentThatCannotAnswer_orAnInvalidQuestion_isAProblem() throws Exception {
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
        return posted("/v1/nodes/edge-1:askAgent", "{\"question\":\"" + question + "\"}");
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
    void events_areListed_andWaitedFor() throws Exception {
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

    private HttpResponse<String> verifyNetworks(String node) {
        return posted("/v1/nodes/" + node + ":verifyNetworks", "{\"deep\":true}");
    }

    @Test
    @Tag("claim-C3")
    void reportOfANode_isSanitized() throws Exception {
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
}
