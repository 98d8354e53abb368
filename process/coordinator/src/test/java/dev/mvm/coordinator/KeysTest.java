package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.crypto.tenantkeys.NodePublicKey;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.v1.Node;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.SealedKey;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Keys over the network: an operator enrols, grants, rotates; a node gets states.
final class KeysTest extends FleetTestBase {
    private static NodePublicKey nodeKey() throws Exception {
        var hpke = new Hpke(new Libcrypto());
        try (var key = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            hpke.generate(key);
            return new NodePublicKey(Bytes.of(hpke.publicKey(key)));
        }
    }

    private List<SealedKey> nextKeys(FakeNode node) throws Exception {
        var tenants = node.nextState().tenants();
        return tenants.isEmpty() ? List.of() : tenants.getFirst().keys();
    }

    @Test
    void rotation_reachesTheNodeAndRewrappingDoesNot() throws Exception {
        var half = nodeKey();
        var published = fleet.publishNode(
                fleet.documents.nodeDocument(new NodeId("edge-1"), 1, Instant.now(), Optional.of(half.raw())));
        assertThat(published.body()).contains(half.fingerprint());
        var node = fleet.node("edge-1");
        assertThat(nextKeys(node)).isEmpty();
        assertThat(fleet.get("/v1/nodes/edge-1").body()).contains(half.fingerprint());

        fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}");
        var plain = Grants.grant("acme", 1, 0, Grants.PLENTY, Grants.pool("web", 0, 9));
        var grant = Grants.withKeys(plain, new Grant.Key(new KeyName("disk"), KeyPurpose.VOLUME, 1));
        fleet.publish(fleet.documents.envelope(grant));
        fleet.post("/v1/pools/acme/web:scale", "{\"running\":1}");
        var first = List.<SealedKey>of();
        while (first.isEmpty()) {
            first = nextKeys(node);
        }
        assertThat(first.getFirst().version()).isEqualTo(1);

        assertThat(fleet.post("/v1/keys/acme/disk:rotate", "{}").body()).contains("\"version\":2");
        assertThat(nextKeys(node).getFirst().version()).isEqualTo(2);
        assertThat(fleet.post("/v1/keys:rewrap", "{}").body()).contains("\"rewrapped\":0");
        var listed = fleet.get("/v1/keys?tenant=acme").body();
        assertThat(listed)
                .contains("\"nodes\":[\"edge-1\"]")
                .doesNotContain("wrapped")
                .doesNotContain("local:");
        fleet.restart();
        assertThat(fleet.get("/v1/keys").body()).isEqualTo(listed);
    }

    /// The store was put back: the node has versions that it does not know.
    @Test
    @Tag("claim-K2")
    void rotation_goesPastWhatANodeHasTaken_afterItHasGoneToo() throws Exception {
        fleet.publishNode(fleet.documents.nodeDocument(
                new NodeId("edge-1"), 1, Instant.now(), Optional.of(nodeKey().raw())));
        fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}");
        var plain = Grants.grant("acme", 1, 0, Grants.PLENTY, Grants.pool("web", 0, 9));
        var grant = Grants.withKeys(plain, new Grant.Key(new KeyName("disk"), KeyPurpose.VOLUME, 1));
        fleet.publish(fleet.documents.envelope(grant));
        fleet.post("/v1/pools/acme/web:scale", "{\"running\":1}");
        var node = fleet.node("edge-1");
        var first = List.<SealedKey>of();
        while (first.isEmpty()) {
            first = nextKeys(node);
        }
        assertThat(first.getFirst().version()).isEqualTo(1);
        node.hello(
                Node.newBuilder()
                        .setMode("dev")
                        .setHostname("it-has-told")
                        .setRootVersion(1)
                        .build(),
                Map.of("acme/disk", 5, "acme/other", 9, "rival/disk", 9, "no name", 7, "acme/disk/", 99));
        eventually("/v1/nodes/edge-1", body -> body.contains("it-has-told"));
        assertThat(fleet.post("/v1/keys/acme/disk:rotate", "{}").body()).contains("\"version\":6");
        node.close();
        assertThat(fleet.post("/v1/keys/acme/disk:rotate", "{}").body()).contains("\"version\":7");
    }

    @Test
    void whatCannotBeMeant_isRefused() throws Exception {
        var unsigned = fleet.publishNode(ByteString.copyFromUtf8("node of a thief"));
        assertThat(unsigned.statusCode()).isEqualTo(409);
        assertThat(unsigned.body()).contains("untrusted_key");
        assertThat(fleet.get("/v1/node-documents?node=..").statusCode()).isEqualTo(400);
        assertThat(fleet.post("/v1/keys/acme/disk:rotate", "{}").body()).contains("unknown_key");
        assertThat(fleet.post("/v1/keys/acme/DISK:rotate", "{}").statusCode()).isEqualTo(400);
        assertThat(fleet.get("/v1/keys?tenant=..").statusCode()).isEqualTo(400);
    }

    /// No call alone names a key for a node, and each that brings a document leaves its caller's name.
    @Test
    @Tag("claim-K5")
    void documentThatWasPublished_isListedAndAnEventAndAudited() throws Exception {
        var half = nodeKey();
        fleet.publishNode(
                fleet.documents.nodeDocument(new NodeId("edge-1"), 1, Instant.now(), Optional.of(half.raw())));
        fleet.publishNode(fleet.documents.nodeDocument(new NodeId("edge-1"), 2, Instant.now(), Optional.empty()));
        assertThat(fleet.get("/v1/node-documents?node=edge-1").body())
                .containsSubsequence("\"version\":1", half.fingerprint(), "\"version\":2", "\"node_key\":\"\"");
        assertThat(fleet.get("/v1/events").body())
                .contains("node_published")
                .contains("version 1, " + half.fingerprint() + ", by ")
                .contains("version 2, no key, by ");
        var audit = Files.readString(folder.resolve("state/audit/audit-000000000001.jsonl"));
        assertThat(audit.lines().filter(line -> line.contains("PublishNode")))
                .hasSize(2)
                .allMatch(line -> line.contains("edge-1"));
    }

    @Test
    void firstMasterKey_isMadeAndPrivate() throws Exception {
        var file = folder.resolve("state/master.keys");
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        var before = Files.readString(file);
        fleet.restart();
        assertThat(Files.readString(file)).isEqualTo(before);
    }
}
