package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.coordinator.trust.RootLoss;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.crypto.verify.KeyId;
import dev.mvm.model.Counts;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.control.v1.Node;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The states that nodes get, from the first connection to a restart of the coordinator.
final class NodeStatesTest extends FleetTestBase {
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

    /// A mode that a node says later counts from then on.
    @Test
    void tenantForHardenedNodes_isInTheStatesOfThoseAlone() throws Exception {
        var grant = fleet.granted("acme", Grants.pool("web", 0, 9));
        fleet.publish(fleet.documents.envelope(Grants.withMode(grant, NodeMode.HARDENED)));
        var dev = fleet.node("edge-1");
        assertThat(dev.nextState().tenants()).isEmpty();
        dev.hello(Node.newBuilder().setMode("hardened").setRootVersion(1).build());
        assertThat(dev.nextState().tenants()).hasSize(1);
        assertThat(fleet.get("/v1/tenants").body()).contains("\"mode\":\"hardened\"");
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

    private HttpResponse<String> publish(int version, String... meant) throws Exception {
        var envelope = Base64.getEncoder()
                .encodeToString(FakeDocuments.root(version).envelope().toByteArray());
        var words = meant.length == 0 ? "" : ",\"even_if\":[\"" + String.join("\",\"", meant) + "\"]";
        return fleet.post("/v1/roots", "{\"envelope\":\"" + envelope + "\"" + words + "}");
    }

    /// A node that follows a root has no way back.
    @Test
    void rootThatStopsTheFleet_isPublishedOnlyIfAllThatItEndsIsMeant() throws Exception {
        fleet.granted("acme", Grants.pool("web", 0, 9));
        var edge = new NodeId("edge-1");
        var key = Optional.of(new KeyId("ed25519:" + "1".repeat(64)));
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        fleet.publishNode(fleet.documents.nodeDocument(edge, 1, now, key));
        var newest = fleet.documents.nodeDocument(edge, 2, now, key);
        fleet.publishNode(newest);
        fleet.documents.lose(Map.of(
                RootLoss.STATE_KEY,
                List.of(),
                RootLoss.GRANTS,
                List.of("a-1", "a-2", "a-3", "a-4", "a-5", "a-6", "a-7")));
        var refused = publish(2);
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body())
                .contains("\"reason\":\"root_stops_fleet\"")
                .contains("the coordinator's key may sign no states; void are the grants of a-1, a-2")
                .contains("a-5 and 2 more; if that is meant, publish it with even-if state_key,grants");
        assertThat(fleet.documents.inForce().grants()).containsOnlyKeys("acme");
        assertThat(fleet.documents.inForce().nodes()).isEqualTo(Map.of("edge-1", newest));
        assertThat(publish(2, "grants").body()).contains("root_stops_fleet");
        assertThat(publish(2, "grants", "all").body()).contains("invalid_request", "keys_role");
        assertThat(fleet.get("/v1/roots").body()).doesNotContain("\"version\":2");
        assertThat(publish(2, "grants", "state_key").statusCode()).isEqualTo(200);
        assertThat(fleet.get("/v1/roots").body()).contains("\"version\":2");
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
}
