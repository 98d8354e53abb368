package dev.mvm.protocol.trust.authoring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// Attacks on documents that operators sign: each counts by keys of its role alone, as the kind that it is.
final class OperatorDocumentsTest {
    private final Ceremony ceremony = new Ceremony();
    private final Verified<TrustRoot> root = ceremony.pinned(ceremony.rootWithNodeKey(1));
    private final OperatorDocuments documents = new OperatorDocuments(ceremony.verifier);

    private static void refused(DocumentReason reason, ThrowingCallable attempt) {
        assertThatThrownBy(attempt)
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .message()
                .startsWith(reason.code() + ": ")
                .doesNotContain("\n");
    }

    /// The way of a kind from bytes to belief.
    @FunctionalInterface
    private interface Way<T> {
        Verified<T> of(Verified<TrustRoot> root, byte[] envelope) throws RefusedException;
    }

    private <T> void byKeyAlone(DocumentType type, byte[] payload, Ceremony.Key key, Way<T> way, T value)
            throws Exception {
        var verified = way.of(root, Ceremony.signed(type, payload, key));
        assertThat(verified.value()).isEqualTo(value);
        assertThat(verified.digest()).isEqualTo(Digest.of(payload));
        for (var other : List.of(
                ceremony.rootKey, ceremony.grantKey, ceremony.stateKey, ceremony.nodeKey, Ceremony.Key.fresh())) {
            if (!other.equals(key)) {
                refused(DocumentReason.UNTRUSTED_KEY, () -> way.of(root, Ceremony.signed(type, payload, other)));
            }
        }
        refused(DocumentReason.UNSIGNED, () -> way.of(root, Ceremony.signed(type, payload)));
        var bad = payload.clone();
        bad[0] ^= 1;
        refused(DocumentReason.MALFORMED, () -> way.of(root, Ceremony.signed(type, bad, key)));
        var good = Envelopes.unsigned(type, payload);
        var altered = new Envelope(good.mediaType(), Bytes.of(bad), List.of(Ceremony.signature(good, key)));
        refused(DocumentReason.BAD_SIGNATURE, () -> way.of(root, Envelopes.bytes(altered)));
        refused(DocumentReason.TOO_LARGE, () -> way.of(root, new byte[type.maxEnvelopeBytes() + 1]));
    }

    private GrantDocument grant() {
        return new GrantDocument(
                Ceremony.grant(Ceremony.DEMO, 0),
                Optional.of(new GrantRelease(List.of(new NodeId("n-one")), List.of(), false, 1, Attestation.SOFTWARE)));
    }

    private static Tombstone tombstone() {
        return new Tombstone(Ceremony.SOME, Ceremony.DEMO, 2, Ceremony.NOW);
    }

    private static Measurements measurements() {
        return new Measurements(Ceremony.SOME, 1, Ceremony.NOW, Ceremony.NOW.plusSeconds(60), List.of());
    }

    @Test
    void grant_isBelievedByGrantKeysAlone() throws Exception {
        byKeyAlone(DocumentType.GRANT, Payloads.of(grant()), ceremony.grantKey, documents::grant, grant());
    }

    @Test
    void node_isBelievedByNodeKeysAlone() throws Exception {
        var node = ceremony.node(1, Optional.empty());
        byKeyAlone(NodeDocument.TYPE, Payloads.of(node), ceremony.nodeKey, documents::node, node);
    }

    /// A key for nodes cannot end a tenant.
    @Test
    void tombstone_isBelievedByGrantKeysAlone() throws Exception {
        byKeyAlone(Tombstone.TYPE, Payloads.of(tombstone()), ceremony.grantKey, documents::tombstone, tombstone());
    }

    /// A key for tenants' grants cannot say what a node may boot.
    @Test
    void measurements_areBelievedByNodeKeysAlone() throws Exception {
        byKeyAlone(
                Measurements.TYPE,
                Payloads.of(measurements()),
                ceremony.nodeKey,
                documents::measurements,
                measurements());
    }

    @Test
    void documentOfOneKind_isNotOneOfAnother() {
        var tombstone = Ceremony.signed(Tombstone.TYPE, Payloads.of(tombstone()), ceremony.grantKey);
        refused(DocumentReason.WRONG_TYPE, () -> documents.grant(root, tombstone));
        refused(DocumentReason.WRONG_TYPE, () -> documents.node(root, tombstone));
        refused(DocumentReason.WRONG_TYPE, () -> documents.measurements(root, tombstone));
        refused(DocumentReason.WRONG_TYPE, () -> ceremony.verifier.grant(root, tombstone));
        var grant = Ceremony.signed(DocumentType.GRANT, Payloads.of(grant()), ceremony.grantKey);
        refused(DocumentReason.WRONG_TYPE, () -> documents.tombstone(root, grant));
        var asTombstone = Ceremony.signed(Tombstone.TYPE, Payloads.of(measurements()), ceremony.grantKey);
        refused(DocumentReason.MALFORMED, () -> documents.tombstone(root, asTombstone));
    }

    /// Members that a node passes over are read here, or the whole is refused.
    @Test
    void grantWithAReleaseThatSaysNothing_isRefusedHere_andTakenByANode() throws Exception {
        var text = new String(Payloads.of(grant()), UTF_8).replace("\"max_nodes\" : 1", "\"max_nodes\" : 0");
        var signed = Ceremony.signed(DocumentType.GRANT, text.getBytes(UTF_8), ceremony.grantKey);
        refused(DocumentReason.MALFORMED, () -> documents.grant(root, signed));
        assertThat(ceremony.verifier.grant(root, signed).value()).isEqualTo(grant().grant());
    }
}
