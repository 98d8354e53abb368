package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.crypto.verify.KeyId;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.TenantKey;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Tenants' keys are the key service's: states name them, and nobody else has one.
final class KeysTest extends FleetTestBase {
    private static final KeyId NODE_KEY = new KeyId("ed25519:" + "ab".repeat(32));

    @BeforeEach
    void tenant() {
        fleet.keyd.tenant = Optional.of(new TenantId("acme"));
    }

    private FakeNode running(int minVersion) throws Exception {
        fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}");
        var plain = Grants.grant("acme", 1, 0, Grants.PLENTY, Grants.pool("web", 0, 9));
        var grant = Grants.withKeys(plain, new Grant.Key(new KeyName("disk"), KeyPurpose.VOLUME, minVersion));
        assertThat(fleet.publish(fleet.documents.envelope(grant)).statusCode()).isEqualTo(200);
        fleet.post("/v1/pools/acme/web:scale", "{\"running\":1}");
        return fleet.node("edge-1");
    }

    private static TenantKey named(int version) {
        return new TenantKey(new KeyName("disk"), KeyPurpose.VOLUME, version, Bytes.of(new byte[16]));
    }

    private static List<TenantKey> keys(StateContent state) {
        return state.tenants().stream()
                .flatMap(tenant -> tenant.keys().stream())
                .toList();
    }

    @Test
    void states_nameTheServicesKeys_andTheirNextVersions() throws Exception {
        var node = running(1);
        assertThat(keys(node.nextState())).containsExactly(named(1));
        assertThat(fleet.get("/v1/keys").body()).contains("\"tenant\":\"acme\"", "\"version\":1");
        assertThat(fleet.post("/v1/keys/acme/disk:rotate", "{}").statusCode()).isEqualTo(200);
        assertThat(keys(node.nextState())).containsExactly(named(2));
        assertThat(fleet.post("/v1/keys:rewrap", "{}").statusCode()).isEqualTo(200);
    }

    @Test
    void states_stayTheSame_whileTheServiceIsAway() throws Exception {
        var before = running(1).nextState();
        fleet.keyd.stop();
        fleet.restart();
        assertThat(fleet.node("edge-1").nextState()).isEqualTo(before);
    }

    @Test
    void versionThatTheGrantHasRevoked_isNotNamed() throws Exception {
        assertThat(keys(running(2).nextState())).isEmpty();
    }

    @Test
    void keyThatTheServiceHasDestroyed_isNamedNoLonger() throws Exception {
        var node = running(1);
        assertThat(keys(node.nextState())).containsExactly(named(1));
        fleet.keyd.tenant = Optional.empty();
        var document = fleet.documents.nodeDocument(new NodeId("edge-2"), 1, Instant.now(), Optional.empty());
        assertThat(fleet.publishNode(document).statusCode()).isEqualTo(200); // each publication looks at the keys again
        assertThat(keys(node.nextState())).isEmpty();
    }

    /// The service has been put back, or was replaced by another.
    @Test
    void stateWhoseKeysTheServiceDoesNotHave_isSentWithoutThem_andTheNodeIsToldOfNoOther() throws Exception {
        fleet.keyd.tenant = Optional.empty();
        var node = running(1);
        assertThat(keys(node.nextState())).isEmpty();
        assertThat(fleet.get("/v1/keys").body()).doesNotContain("acme");
        assertThat(fleet.post("/v1/keys/acme/disk:rotate", "{}").body()).contains("key_unknown");
    }

    @Test
    void whatCannotBeMeant_isRefused() throws Exception {
        var unsigned = fleet.publishNode(ByteString.copyFromUtf8("node of a thief"));
        assertThat(unsigned.statusCode()).isEqualTo(409);
        assertThat(unsigned.body()).contains("untrusted_key");
        assertThat(fleet.get("/v1/node-documents?node=..").statusCode()).isEqualTo(400);
        assertThat(fleet.post("/v1/keys/rival/disk:rotate", "{}").body()).contains("key_unknown");
        assertThat(fleet.post("/v1/keys/acme/DISK:rotate", "{}").statusCode()).isEqualTo(400);
        assertThat(fleet.get("/v1/keys?tenant=..").statusCode()).isEqualTo(400);
    }

    /// No call alone names a key for a node, and each that brings a document leaves its caller's name.
    @Test
    @Tag("claim-K5")
    void documentThatWasPublished_isListedAndAnEventAndAudited() throws Exception {
        fleet.publishNode(fleet.documents.nodeDocument(new NodeId("edge-1"), 1, Instant.now(), Optional.of(NODE_KEY)));
        fleet.node("edge-1").nextState();
        assertThat(fleet.get("/v1/nodes/edge-1").body()).contains("\"node_key\":\"" + NODE_KEY + "\"");
        fleet.publishNode(fleet.documents.nodeDocument(new NodeId("edge-1"), 2, Instant.now(), Optional.empty()));
        assertThat(fleet.get("/v1/node-documents?node=edge-1").body())
                .containsSubsequence("\"version\":1", NODE_KEY.value(), "\"version\":2", "\"node_key\":\"\"");
        assertThat(fleet.get("/v1/events").body())
                .contains("node_published")
                .contains("version 1, " + NODE_KEY + ", by ")
                .contains("version 2, no key, by ");
        var audit = Files.readString(folder.resolve("state/audit/audit-000000000001.jsonl"));
        assertThat(audit.lines().filter(line -> line.contains("PublishNode")))
                .hasSize(2)
                .allMatch(line -> line.contains("edge-1"));
    }
}
