package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.keyd.StandInKeyd;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.trust.Grant;
import io.grpc.Status;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A whole coordinator with a key service: documents in, keys out.
final class KeydTest extends FleetTestBase {
    private StandInKeyd keyd;

    @BeforeEach
    void tenant() {
        keyd = fleet.keyd;
        keyd.tenant = Optional.of(new TenantId("acme"));
    }

    private ByteString grant() throws Exception {
        fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}");
        var plain = Grants.grant("acme", 1, 0, Grants.PLENTY, Grants.pool("web", 0, 9));
        return fleet.documents.envelope(
                Grants.withKeys(plain, new Grant.Key(new KeyName("disk"), KeyPurpose.VOLUME, 1)));
    }

    private FakeNode nodeTakingBlobs() throws Exception {
        var node = fleet.node("edge-1");
        node.helloTakingKeyBlobs();
        return node;
    }

    private static NodeMessage.KeyStatement statement(CoordinatorMessage.KeyChallenge challenge) {
        return NodeMessage.KeyStatement.newBuilder()
                .setRequest(challenge.getRequest())
                .setStatement(StandInKeyd.statement(new NodeId("edge-1"), challenge.getEnvelope()))
                .build();
    }

    @Test
    void keys_reachTheNode_andAreListedWithWhatHasThem() throws Exception {
        assertThat(fleet.publish(grant()).statusCode()).isEqualTo(200);
        fleet.post("/v1/pools/acme/web:scale", "{\"running\":1}");
        var node = nodeTakingBlobs();
        var challenge = FakeNode.take(node.challenges);
        node.answer(statement(challenge));
        var blob = FakeNode.take(node.blobs);
        node.answer(NodeMessage.KeyBlobAnswer.newBuilder()
                .setRequest(blob.getRequest())
                .setTaken(true)
                .build());
        eventually("/v1/nodes/edge-1", body -> body.contains("\"key_period\":1"));
        assertThat(fleet.get("/v1/nodes/edge-1").body())
                .contains("\"keys_expire\":\"2026-02-02T00:00:00Z\"", "\"keys_fault\":\"\"");
        assertThat(fleet.get("/v1/keys").body())
                .contains("\"made_at\":\"2027-01-15T08:00:00Z\"", "\"nodes\":[\"edge-1\"]");
        assertThat(fleet.get("/v1/events").body()).contains("keys_taken");
        assertThat(fleet.metrics())
                .contains(
                        "mvm_coordinator_keyd_up 1",
                        "mvm_coordinator_keyd_documents_lacking 0",
                        "mvm_coordinator_key_rounds_total{result=\"taken\"} 1");
        assertThat(keyd.asked(KeydRequest.Challenge.class).getFirst().ak().length())
                .isPositive();
    }

    @Test
    void documentThatTheServiceLacks_isInForceHere_andNamedUntilTheServiceHasIt() throws Exception {
        var grant = grant();
        keyd.stop();
        var answer = fleet.publish(grant);
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).contains("keyd_unreachable", "the coordinator has the grant of acme");
        assertThat(fleet.get("/v1/tenants").body()).contains("\"pools\":1");
        assertThat(fleet.get("/v1/key-service").body())
                .contains("\"reachable\":false", "\"reason\":\"keyd_unreachable\"")
                .contains("{\"kind\":\"grant\",\"subject\":\"acme\",\"reason\":\"keyd_unreachable\"}");
        assertThat(fleet.metrics()).contains("mvm_coordinator_keyd_up 0", "mvm_coordinator_keyd_documents_lacking 1");
        keyd.start();
        assertThat(fleet.get("/v1/key-service").body())
                .contains("\"reachable\":true", "\"state\":\"serving\"", "\"epoch\":3", "\"lacking_total\":0");
        assertThat(keyd.published()).containsExactly(grant);
        assertThat(fleet.get("/v1/events").body()).contains("keyd_lost", "keyd_lacks", "keyd_back", "keyd_complete");
        var audit = Files.readString(folder.resolve("state/audit/audit-000000000001.jsonl"));
        assertThat(audit.lines().filter(line -> line.contains("PublishGrant") && line.contains("done")))
                .as("what the coordinator did is in its audit")
                .hasSize(1);
    }

    @Test
    void documentThatTheServiceRefuses_isRefusedWithItsReason() throws Exception {
        var document = fleet.documents.nodeDocument(new NodeId("edge-1"), 1, Instant.now(), Optional.empty());
        keyd.refused.put(document, "wrong_fleet");
        var answer = fleet.publishNode(document);
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.body()).contains("wrong_fleet", "the document of node edge-1");
        keyd.refused.clear();
        assertThat(fleet.publishNode(document).statusCode()).as("once more").isEqualTo(200);
    }

    @Test
    void rotation_isTheServices_andReachesItFirst() throws Exception {
        fleet.publish(grant());
        var answer = fleet.post("/v1/keys/acme/disk:rotate", "{}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"version\":2");
        assertThat(fleet.post("/v1/keys:rewrap", "{}").statusCode()).isEqualTo(200);
        assertThat(keyd.asked(KeydRequest.Rewrap.class)).hasSize(1);
        keyd.stop();
        assertThat(fleet.post("/v1/keys/acme/disk:rotate", "{}").body()).contains("keyd_unreachable");
        assertThat(fleet.get("/v1/keys").body()).contains("keyd_unreachable");
    }

    @Test
    void records_areThoseOfTheCallersTenants() throws Exception {
        keyd.records.add("{\"seq\":1,\"action\":\"release\",\"tenant\":\"acme\",\"node\":\"edge-1\"}");
        keyd.records.add("{\"seq\":2,\"action\":\"release\",\"tenant\":\"rival\",\"node\":\"edge-1\"}");
        keyd.records.add("{\"seq\":3,\"action\":\"boot\",\"tenant\":\"\",\"node\":\"edge-1\"}");
        keyd.records.add("no record");
        assertThat(fleet.get("/v1/key-records?limit=3&from=0").body())
                .contains("\\\"seq\\\":1", "\\\"seq\\\":2", "\\\"seq\\\":3");
        assertThat(fleet.get("/v1/key-records").body()).doesNotContain("no record");
        assertThat(fleet.get("/v1/key-records?limit=1001").statusCode()).isEqualTo(400);
        assertThat(fleet.get("/v1/key-records?from=-1").statusCode()).isEqualTo(400);
        var one = fleet.operator("one", "auditor", "acme");
        var request = dev.mvm.protocol.control.v1.ListKeyRecordsRequest.getDefaultInstance();
        var seen = FleetCalls.call(
                fleet.connect(one), dev.mvm.protocol.control.v1.FleetGrpc.getListKeyRecordsMethod(), request);
        assertThat(seen.text())
                .contains("seq\\\":1")
                .doesNotContain("seq\\\":2")
                .doesNotContain("seq\\\":3");
    }

    /// The challenge of the one before is answered to the next coordinator, which has not sent it.
    @Test
    void coordinatorThatIsStartedAnew_beginsWithAChallenge() throws Exception {
        fleet.publish(grant());
        var before = nodeTakingBlobs();
        var old = FakeNode.take(before.challenges);
        before.close();
        fleet.restart();
        var node = nodeTakingBlobs();
        node.answer(statement(old).toBuilder().setRequest(77).build());
        var challenge = FakeNode.take(node.challenges);
        assertThat(challenge.getEnvelope()).isNotEqualTo(old.getEnvelope());
        node.answer(statement(challenge));
        FakeNode.take(node.blobs);
        assertThat(keyd.asked(KeydRequest.Seal.class)).hasSize(1);
    }

    @Test
    void floodOfStatements_endsTheConnection_andReachesNoService() throws Exception {
        var node = nodeTakingBlobs();
        var challenge = FakeNode.take(node.challenges);
        for (int i = 0; i < 17; i++) {
            node.answer(statement(challenge).toBuilder().setRequest(1_000 + i).build());
        }
        var status = node.ended.get(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(keyd.asked(KeydRequest.Seal.class)).isEmpty();
    }

    @Test
    void nodeOfAnEarlierVersion_isSentNoChallenge() throws Exception {
        fleet.publish(grant());
        var node = fleet.node("edge-1");
        node.nextState();
        var other = fleet.node("edge-2");
        other.helloTakingKeyBlobs();
        FakeNode.take(other.challenges);
        assertThat(node.challenges).isEmpty();
        assertThat(keyd.asked(KeydRequest.Challenge.class))
                .allMatch(each -> each.node().equals(new NodeId("edge-2")));
    }
}
