package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.crypto.tenantkeys.NodePublicKey;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.SealedKey;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
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
        var enrolled = fleet.post("/v1/nodes/edge-1:enrolKey", "{\"node_key\":\"" + half.base64() + "\"}");
        assertThat(enrolled.body()).contains(half.fingerprint());
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

    @Test
    void whatCannotBeMeant_isRefused() throws Exception {
        for (var key : new String[] {"", "AAAA", "x".repeat(44)}) {
            var answer = fleet.post("/v1/nodes/edge-1:enrolKey", "{\"node_key\":\"" + key + "\"}");
            assertThat(answer.statusCode()).isEqualTo(400);
        }
        assertThat(fleet.post("/v1/keys/acme/disk:rotate", "{}").body()).contains("unknown_key");
        assertThat(fleet.post("/v1/keys/acme/DISK:rotate", "{}").statusCode()).isEqualTo(400);
        assertThat(fleet.get("/v1/keys?tenant=..").statusCode()).isEqualTo(400);
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
