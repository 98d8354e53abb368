package dev.mvm.coordinator.trust;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.Grants;
import dev.mvm.crypto.sign.KeyFile;
import dev.mvm.crypto.sign.PassphraseSource;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Losses of a fleet by a root that follows. Each root here is signed as it has to be.
final class RootLossesTest {
    @TempDir
    Path folder;

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final Map<Role, TrustRoot.Keys> roles = new EnumMap<>(Role.class);

    private SigningKey rootKey;
    private SigningKey grantKey;
    private SigningKey nodeKey;
    private SigningKey other;
    private Digest pin;
    private Documents documents;

    @BeforeEach
    void ceremony() throws Exception {
        rootKey = key("root");
        grantKey = key("grant");
        nodeKey = key("node");
        other = key("other");
        roles.put(Role.ROOT, keys(rootKey));
        roles.put(Role.GRANT, keys(grantKey));
        roles.put(Role.STATE, keys(key("state")));
        roles.put(Role.NODE, keys(nodeKey));
        roles.put(Role.KEYS, keys(key("keys")));
        start(roles);
    }

    private SigningKey key(String name) throws Exception {
        return KeyFile.create(folder.resolve(name));
    }

    private static TrustRoot.Keys keys(SigningKey... some) {
        return new TrustRoot.Keys(
                1, List.of(some).stream().map(SigningKey::verifyKey).toList());
    }

    private TrustRoot root(int version, Map<Role, TrustRoot.Keys> keys) {
        return Ceremony.root(version, now.minusSeconds(60), now.plusSeconds(1_000_000), keys);
    }

    private void start(Map<Role, TrustRoot.Keys> first) throws Exception {
        var payload = Payloads.of(root(1, first));
        pin = Digest.of(payload);
        var file = folder.resolve("root.dsse");
        Files.write(file, signed(DocumentType.ROOT, payload, rootKey).toByteArray());
        documents = SignedDocuments.open(
                file, pin, folder.resolve("state").toString(), PassphraseSource.none("the key is plain"));
    }

    private static ByteString signed(DocumentType type, byte[] payload, SigningKey... signers) throws Exception {
        var envelope = Envelopes.unsigned(type, payload);
        for (var each : signers) {
            var signature = Bytes.of(each.sign(envelope.signedBytes()));
            envelope = Envelopes.signed(
                    envelope, new Envelope.Signature(each.verifyKey().id(), signature));
        }
        return ByteString.copyFrom(Envelopes.bytes(envelope));
    }

    private ByteString grant(SigningKey... signers) throws Exception {
        var plain = Grants.grant("acme", 3, 5, Grants.PLENTY);
        var grant = new dev.mvm.protocol.trust.Grant(
                plain.tenant(),
                plain.version(),
                plain.network(),
                plain.notBefore(),
                plain.expires(),
                plain.quotas(),
                List.of(),
                List.of(Ceremony.RUNTIME),
                plain.keys(),
                NodeMode.DEV);
        return signed(DocumentType.GRANT, Payloads.of(grant), signers);
    }

    private ByteString node(Instant expires, Optional<VerifyKey> identity, SigningKey... signers) throws Exception {
        var document = new NodeDocument(pin, new NodeId("edge-1"), 1, now.minusSeconds(50), expires, identity);
        return signed(NodeDocument.TYPE, Payloads.of(document), signers);
    }

    private Map<RootLoss, List<String>> losses(Map<String, ByteString> grants, Map<String, ByteString> nodes)
            throws Exception {
        var next = signed(DocumentType.ROOT, Payloads.of(root(2, roles)), rootKey);
        return documents.roots().losses(next, new Roots.InForce(grants, nodes));
    }

    private Map<RootLoss, List<String>> lossesOfRoles() throws Exception {
        return losses(Map.of(), Map.of());
    }

    @Test
    void rootThatOnlyAddsKeys_losesNothing() throws Exception {
        for (var role : Role.values()) {
            var key = KeyFile.read(folder.resolve(role.word()), PassphraseSource.none("plain"));
            roles.put(role, keys(key, other));
        }
        var edge = node(now.plusSeconds(60), Optional.of(other.verifyKey()), nodeKey);
        assertThat(losses(Map.of("acme", grant(grantKey)), Map.of("edge-1", edge)))
                .isEmpty();
    }

    @Test
    void rootWithoutTheCoordinatorsKey_stopsStates() throws Exception {
        roles.put(Role.STATE, keys(other));
        assertThat(lossesOfRoles()).isEqualTo(Map.of(RootLoss.STATE_KEY, List.of()));
    }

    @Test
    void rootWithoutAKeyOfTheKeyService_stopsKeys() throws Exception {
        roles.put(Role.KEYS, keys(other));
        assertThat(lossesOfRoles()).isEqualTo(Map.of(RootLoss.KEYS_ROLE, List.of()));
        roles.remove(Role.KEYS);
        assertThat(lossesOfRoles()).isEqualTo(Map.of(RootLoss.KEYS_ROLE, List.of()));
    }

    /// A fleet that has no key service yet, and a coordinator whose key has no role, may have another root.
    @Test
    void whatDidNotCountBefore_isNoLoss() throws Exception {
        roles.remove(Role.KEYS);
        roles.put(Role.STATE, keys(other));
        start(roles);
        assertThat(lossesOfRoles()).isEmpty();
        roles.put(Role.GRANT, keys(other));
        roles.put(Role.NODE, keys(other));
        var expired = node(now.minusSeconds(1), Optional.of(other.verifyKey()), nodeKey);
        var revoked = node(now.plusSeconds(60), Optional.empty(), nodeKey);
        var forged = node(now.plusSeconds(60), Optional.of(other.verifyKey()), rootKey);
        assertThat(losses(
                        Map.of("acme", grant(rootKey), "torn", ByteString.copyFromUtf8("{")),
                        Map.of("edge-1", expired, "edge-2", revoked, "edge-3", forged)))
                .isEmpty();
    }

    @Test
    void rootThatVoidsDocuments_namesTheirTenantsAndNodes() throws Exception {
        roles.put(Role.GRANT, keys(other));
        roles.put(Role.NODE, keys(other));
        var identity = Optional.of(other.verifyKey());
        var end = now.plusSeconds(60);
        var grants = Map.of("globex", grant(grantKey), "acme", grant(grantKey), "both", grant(grantKey, other));
        var nodes = Map.of("edge-1", node(end, identity, nodeKey), "edge-2", node(end, identity, nodeKey, other));
        assertThat(losses(grants, nodes))
                .isEqualTo(
                        Map.of(RootLoss.GRANTS, List.of("acme", "globex"), RootLoss.NODE_DOCUMENTS, List.of("edge-1")));
    }

    @Test
    void higherThreshold_voidsDocumentsToo() throws Exception {
        roles.put(Role.GRANT, new TrustRoot.Keys(2, List.of(grantKey.verifyKey(), other.verifyKey())));
        assertThat(losses(Map.of("acme", grant(grantKey)), Map.of()))
                .isEqualTo(Map.of(RootLoss.GRANTS, List.of("acme")));
        assertThat(losses(Map.of("acme", grant(grantKey, other)), Map.of())).isEmpty();
    }
}
