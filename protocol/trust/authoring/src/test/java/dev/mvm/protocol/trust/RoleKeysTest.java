package dev.mvm.protocol.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.json.JsonException;
import dev.mvm.protocol.trust.authoring.Measurements;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.OperatorDocuments;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.RootRehearsal;
import dev.mvm.protocol.trust.authoring.Tombstone;
import java.util.HashMap;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The role of the key service: a root of schema 2 may have it, one of schema 1 may not.
final class RoleKeysTest {
    private final Ceremony ceremony = new Ceremony();
    private final Ceremony.Key first = Ceremony.Key.fresh();
    private final Ceremony.Key second = Ceremony.Key.fresh();

    private TrustRoot root(int threshold) {
        var plain = ceremony.rootDocument(1);
        var roles = new HashMap<>(plain.roles());
        roles.put(Role.KEYS, Ceremony.keys(threshold, first, second));
        return Ceremony.root(1, plain.issuedAt(), plain.expires(), roles);
    }

    @Test
    void rootWithRoleKeys_isOfSchema2AndReadsBack() throws Exception {
        var root = root(1);
        var payload = Payloads.of(root);
        assertThat(new String(payload, UTF_8)).contains("\"schema\" : 2");
        assertThat(TrustRoot.parse(payload, 2)).isEqualTo(root);
        assertThat(ceremony.pinned(root).value()).isEqualTo(root);
    }

    @Test
    void rootWithoutRoleKeys_isAsItWas() throws Exception {
        var plain = ceremony.rootDocument(1);
        assertThat(new String(Payloads.of(plain), UTF_8)).contains("\"schema\" : 1");
        assertThat(TrustRoot.parse(Payloads.of(plain), 1).roles()).doesNotContainKey(Role.KEYS);
        var node = ceremony.rootWithNodeKey(1);
        assertThat(TrustRoot.parse(Payloads.of(node), 2).roles()).doesNotContainKey(Role.KEYS);
        assertThatThrownBy(() -> plain.keys(Role.KEYS)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void roleKeysInARootOfSchema1_isMalformed() {
        var text = new String(Payloads.of(root(1)), UTF_8)
                .replace("\"schema\" : 2", "\"schema\" : 1")
                .replaceFirst("(?s),\\s*\"compromised\" : \\[[^]]*]", "")
                .replaceFirst("(?s),\\s*\"node\" : \\{[^}]*}", "");
        assertThat(text).contains("\"keys\"");
        assertThatThrownBy(() -> TrustRoot.parse(text.getBytes(UTF_8), 1))
                .isInstanceOf(JsonException.class)
                .hasMessageContaining("unknown field 'keys'");
    }

    @Test
    void compromisedKey_doesNotHaveRoleKeys() {
        var root = root(1);
        assertThatThrownBy(() -> new TrustRoot(
                        1,
                        root.issuedAt(),
                        root.expires(),
                        root.roles(),
                        Set.of(first.verifyKey().id())))
                .hasMessageContaining("compromised and has the role keys");
    }

    @Test
    void thresholdAboveOne_isNotSigned() {
        assertThatCode(() -> RootRehearsal.check(root(1), Ceremony.NOW)).doesNotThrowAnyException();
        assertThatThrownBy(() -> RootRehearsal.check(root(2), Ceremony.NOW))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(DocumentReason.BELOW_THRESHOLD));
    }

    /// As a key service that was taken over would try.
    @Test
    @Tag("claim-K4")
    void otherDocuments_areNotBelievedByRoleKeys() throws Exception {
        var trusted = ceremony.pinned(root(1));
        var verifier = new Verifier(new JdkEd25519());
        var operators = new OperatorDocuments(verifier);
        refused(() -> verifier.nextRoot(trusted, signed(DocumentType.ROOT)));
        refused(() -> verifier.grant(trusted, signed(DocumentType.GRANT)));
        refused(() -> verifier.loggedState(trusted, signed(DocumentType.NODE_STATE)));
        refused(() -> verifier.treeHead(trusted, signed(DocumentType.TREE_HEAD)));
        refused(() -> operators.node(trusted, signed(NodeDocument.TYPE)));
        refused(() -> operators.tombstone(trusted, signed(Tombstone.TYPE)));
        refused(() -> operators.measurements(trusted, signed(Measurements.TYPE)));
    }

    private byte[] signed(DocumentType type) {
        return Ceremony.signed(type, "{}".getBytes(UTF_8), first);
    }

    private static void refused(ThrowingCallable reading) {
        assertThatThrownBy(reading)
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(DocumentReason.UNTRUSTED_KEY));
    }
}
