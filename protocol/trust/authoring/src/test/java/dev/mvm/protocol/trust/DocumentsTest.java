package dev.mvm.protocol.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.property.Property;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class DocumentsTest {
    private final Ceremony ceremony = new Ceremony();

    @Test
    void everyDocument_readsBackWhatItWrote() throws Exception {
        var grant = Ceremony.grant(Ceremony.DEMO, 7);
        assertThat(GrantJson.read(Payloads.of(grant), 3)).isEqualTo(grant);
        var root = ceremony.rootDocument(3);
        assertThat(TrustRoot.parse(Payloads.of(root), 1)).isEqualTo(root);
        var node = ceremony.node(3, Optional.of(ceremony.stateKey.verifyKey()));
        assertThat(NodeDocument.read(Payloads.of(node), 2)).isEqualTo(node);
        var revoked = ceremony.node(4, Optional.empty());
        assertThat(NodeDocument.read(Payloads.of(revoked), 1)).isEqualTo(revoked);
        Property.holds(500, draw -> {
            var counts = new Counts(draw.intBetween(0, 100), draw.intBetween(0, 100), draw.intBetween(0, 100));
            var state = Ceremony.state(ceremony.verified(grant), counts);
            assertThat(NodeStateJson.read(Payloads.of(state), 3)).isEqualTo(state);
        });
    }

    @Test
    void envelope_readsBackWhatItWrote() throws Exception {
        var envelope = Envelopes.unsigned(DocumentType.GRANT, "x".getBytes(UTF_8));
        var signed = Envelopes.signed(envelope, Ceremony.signature(envelope, ceremony.grantKey));
        assertThat(Envelope.parse(Envelopes.bytes(signed), DocumentType.GRANT)).isEqualTo(signed);
        assertThat(Envelopes.signed(signed, signed.signatures().getFirst()).signatures())
                .hasSize(1);
    }

    @Test
    void envelopeWithAnythingElseInIt_isRefused() {
        var good = new String(Ceremony.signed(DocumentType.GRANT, new byte[] {1, 2, 3}, ceremony.grantKey), UTF_8);
        for (var bad : List.of(
                good + "x",
                good.replaceFirst("\\{", "{\"more\":1,"),
                good.replace("\"payload\":\"AQID\"", "\"payload\":\"AQI\""),
                good.replace("\"payload\":\"AQID\"", "\"payload\":\"AQ-_\""),
                good.replace("\"payload\":\"AQID\"", "\"payload\":\"AQJ=\""),
                good.replace("\"payload\":\"AQID\"", "\"payload\":\"AQID\",\"payload\":\"AQID\""),
                good.replace("\"keyid\":\"ed25519:", "\"keyid\":\"RSA:"),
                good.replace("\"sig\":\"", "\"sig\":\"AAAA"))) {
            assertThat(bad).isNotEqualTo(good);
            assertThatThrownBy(() -> Envelope.parse(bad.getBytes(UTF_8), DocumentType.GRANT))
                    .isInstanceOfSatisfying(
                            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(DocumentReason.MALFORMED));
        }
    }

    @Test
    void rootWithAnImpossibleThreshold_cannotExist() {
        assertThatThrownBy(() -> Ceremony.keys(2, ceremony.rootKey)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Ceremony.keys(0, ceremony.rootKey)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Ceremony.keys(1, ceremony.rootKey, ceremony.rootKey))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Ceremony.root(1, Ceremony.NOW.minusSeconds(1), Ceremony.NOW, Map.of()))
                .hasMessageContaining("missing");
    }

    @Test
    void codes_areStable() {
        assertThat(DocumentReason.values())
                .extracting(DocumentReason::code)
                .containsExactly(
                        "too_large",
                        "malformed",
                        "wrong_type",
                        "unsigned",
                        "bad_signature",
                        "untrusted_key",
                        "below_threshold",
                        "not_the_pinned_root",
                        "root_version",
                        "root_expired",
                        "expired",
                        "not_yet_valid",
                        "wrong_fleet",
                        "wrong_node",
                        "replayed",
                        "equivocation",
                        "broken_chain",
                        "network_conflict",
                        "no_grant",
                        "grant_superseded",
                        "node_superseded",
                        "beyond_grant_network",
                        "beyond_grant_quota",
                        "beyond_grant_pool",
                        "beyond_grant_revision",
                        "beyond_grant_resources",
                        "beyond_grant_rates",
                        "beyond_grant_mode",
                        "beyond_grant_count",
                        "beyond_grant_flag",
                        "beyond_grant_key",
                        "key_revoked",
                        "key_superseded",
                        "key_equivocation",
                        "no_node_key",
                        "key_not_vouched",
                        "over_quota",
                        "not_logged",
                        "log_proof",
                        "log_inconsistent",
                        "log_rollback");
    }

    /// Bytes that nobody signed never become a document, and never anything but a refusal.
    @FuzzTest(maxDuration = "10s")
    @Tag("claim-T6")
    void arbitraryBytes_areRefused(byte[] data) {
        var context = ceremony.context(HighWaterMark.NONE, Ceremony.NOW);
        assertThatThrownBy(() -> ceremony.verifier.newState(data, context)).isInstanceOf(RefusedException.class);
    }

    private static void readBack(byte[] data, int schema) throws dev.mvm.json.JsonException {
        var state = NodeStateJson.read(data, schema);
        var again = Envelopes.unsigned(DocumentType.NODE_STATE, Payloads.of(state));
        assertThat(NodeStateJson.read(again.payload().array(), again.schema(DocumentType.NODE_STATE)))
                .isEqualTo(state);
    }

    /// Bytes that were signed are either a document that writes itself back, or malformed.
    @FuzzTest(maxDuration = "10s")
    @Tag("claim-T6")
    void arbitrarySignedBytes_areMalformedOrReadBack(byte[] data) throws Exception {
        try {
            readBack(data, DocumentType.NODE_STATE.newest());
        } catch (dev.mvm.json.JsonException e) {
            assertThat(e.getMessage()).doesNotContain("\n");
        }
        assertThat(Bytes.of(data).array()).isEqualTo(data);
    }
}
