package dev.mvm.protocol.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.OperatorDocuments;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Attacks on the way from bytes to belief.
final class VerifierTest {
    private static final TreeHead HEAD = new TreeHead(1, Ceremony.SOME, Ceremony.NOW);

    private final Ceremony ceremony = new Ceremony();
    private final OperatorDocuments documents = new OperatorDocuments(ceremony.verifier);
    private final Verified<Grant> grant = ceremony.verified(Ceremony.grant(Ceremony.DEMO, 0));
    private final NodeState state = Ceremony.state(grant, new Counts(2, 0, 0));

    private static void refused(DocumentReason reason, ThrowingCallable attempt) {
        assertThatThrownBy(attempt)
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .message()
                .startsWith(reason.code() + ": ")
                .doesNotContain("\n");
    }

    private InstalledState take(byte[] envelope) throws RefusedException {
        return take(envelope, HighWaterMark.NONE, Ceremony.NOW);
    }

    private InstalledState take(byte[] envelope, HighWaterMark floor, Instant clock) throws RefusedException {
        return ceremony.verifier.newState(envelope, ceremony.context(floor, clock, grant));
    }

    @Test
    void signedState_isInstalled() throws Exception {
        var installed = take(ceremony.signed(state));
        assertThat(installed.state().value()).isEqualTo(state);
        assertThat(installed.state().digest()).isEqualTo(Digest.of(Payloads.of(state)));
        assertThat(installed.frozen(Ceremony.DEMO, Ceremony.NOW)).isFalse();
    }

    @Test
    @Tag("claim-T1")
    void unsignedState_isRefused() {
        refused(DocumentReason.UNSIGNED, () -> take(Ceremony.signed(DocumentType.NODE_STATE, Payloads.of(state))));
    }

    @Test
    @Tag("claim-T1")
    void everyFlippedByteOfTheDocument_isRefused() {
        var payload = Payloads.of(state);
        var signature = Envelopes.unsigned(DocumentType.NODE_STATE, payload);
        var good = Ceremony.signature(signature, ceremony.stateKey);
        for (int i = 0; i < payload.length; i++) {
            var bad = payload.clone();
            bad[i] ^= 1;
            var envelope = Envelopes.bytes(Envelopes.signed(Envelopes.unsigned(DocumentType.NODE_STATE, bad), good));
            refused(DocumentReason.BAD_SIGNATURE, () -> take(envelope));
        }
    }

    @Test
    @Tag("claim-T1")
    void everyFlippedBitOfTheSignature_isRefused() {
        var unsigned = Envelopes.unsigned(DocumentType.NODE_STATE, Payloads.of(state));
        var good = Ceremony.signature(unsigned, ceremony.stateKey);
        for (int bit = 0; bit < 512; bit++) {
            var bytes = good.value().array();
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            var bad = new Envelope.Signature(good.key(), dev.mvm.model.Bytes.of(bytes));
            refused(DocumentReason.BAD_SIGNATURE, () -> take(Envelopes.bytes(Envelopes.signed(unsigned, bad))));
        }
    }

    @Test
    @Tag("claim-T1")
    void keyOfAnotherRole_isNotTrusted() {
        for (var key : List.of(ceremony.rootKey, ceremony.grantKey, Ceremony.Key.fresh())) {
            refused(
                    DocumentReason.UNTRUSTED_KEY,
                    () -> take(Ceremony.signed(DocumentType.NODE_STATE, Payloads.of(state), key)));
        }
    }

    @Test
    @Tag("claim-T2")
    void documentOfAnotherType_isRefused() {
        refused(DocumentReason.WRONG_TYPE, () -> take(grant.envelope().array()));
        // a grant's bytes signed by the state key, presented as a state
        var asState = Ceremony.signed(DocumentType.NODE_STATE, Payloads.of(grant.value()), ceremony.stateKey);
        refused(DocumentReason.MALFORMED, () -> take(asState));
        // a signature made over the grant type does not carry over to the state type
        var signature =
                Ceremony.signature(Envelopes.unsigned(DocumentType.GRANT, Payloads.of(state)), ceremony.stateKey);
        var moved = Envelopes.signed(Envelopes.unsigned(DocumentType.NODE_STATE, Payloads.of(state)), signature);
        refused(DocumentReason.BAD_SIGNATURE, () -> take(Envelopes.bytes(moved)));
    }

    @Test
    @Tag("claim-T1")
    void oneKeyTwice_doesNotReachAThresholdOfTwo() {
        var second = Ceremony.Key.fresh();
        var document = Ceremony.root(
                1,
                Ceremony.NOW.minusSeconds(60),
                Ceremony.NOW.plus(Duration.ofDays(1)),
                Map.of(
                        Role.ROOT, Ceremony.keys(1, ceremony.rootKey),
                        Role.GRANT, Ceremony.keys(1, ceremony.grantKey),
                        Role.STATE, Ceremony.keys(2, ceremony.stateKey, second)));
        var root = ceremony.pinned(document);
        var context = new Verifier.Context(
                root, Ceremony.NODE, NodeMode.DEV, HighWaterMark.NONE, Ceremony.NOW, List.of(grant));
        var unsigned = Envelopes.unsigned(DocumentType.NODE_STATE, Payloads.of(state));
        var once = Ceremony.signature(unsigned, ceremony.stateKey);
        var twice = new Envelope(unsigned.mediaType(), unsigned.payload(), List.of(once, once));
        refused(DocumentReason.BELOW_THRESHOLD, () -> ceremony.verifier.newState(Envelopes.bytes(twice), context));
        var both = Envelopes.signed(twice, Ceremony.signature(unsigned, second));
        assertThat(both.signatures()).hasSize(3);
        assertThatNoRefusal(() -> ceremony.verifier.newState(Envelopes.bytes(both), context));
    }

    private static void assertThatNoRefusal(ThrowingCallable attempt) {
        org.assertj.core.api.Assertions.assertThatCode(attempt).doesNotThrowAnyException();
    }

    @Test
    @Tag("claim-T2")
    void stateOfAnotherNode_isRefused() {
        var other = new NodeState(
                new NodeId("n-two"),
                1,
                Optional.empty(),
                state.issuedAt(),
                state.expires(),
                state.grants(),
                state.tenants());
        refused(DocumentReason.WRONG_NODE, () -> take(ceremony.signed(other)));
    }

    private NodeState numbered(long sequence, Optional<Digest> previous, int running) {
        var tenants = Ceremony.state(grant, new Counts(running, 0, 0)).tenants();
        return new NodeState(
                Ceremony.NODE, sequence, previous, state.issuedAt(), state.expires(), state.grants(), tenants);
    }

    @Test
    @Tag("claim-T2")
    void yesterdaysState_isRefused() throws Exception {
        var floor = HighWaterMark.NONE.raisedTo(take(ceremony.signed(state)), HEAD);
        var second = numbered(2, floor.digest(), 3);
        var raised = floor.raisedTo(take(ceremony.signed(second), floor, Ceremony.NOW), HEAD);
        refused(DocumentReason.REPLAYED, () -> take(ceremony.signed(state), raised, Ceremony.NOW));
    }

    @Test
    @Tag("claim-T2")
    void sameStateAgain_isFine_andAnotherOfTheSameNumber_isEquivocation() throws Exception {
        var floor = HighWaterMark.NONE.raisedTo(take(ceremony.signed(state)), HEAD);
        assertThat(take(ceremony.signed(state), floor, Ceremony.NOW).state().value())
                .isEqualTo(state);
        refused(
                DocumentReason.EQUIVOCATION,
                () -> take(ceremony.signed(numbered(1, Optional.empty(), 3)), floor, Ceremony.NOW));
    }

    @Test
    @Tag("claim-T2")
    void nextState_mustNameItsPredecessor_andALaterOneMayLeaveAGap() throws Exception {
        var floor = HighWaterMark.NONE.raisedTo(take(ceremony.signed(state)), HEAD);
        refused(
                DocumentReason.BROKEN_CHAIN,
                () -> take(ceremony.signed(numbered(2, Optional.of(Ceremony.SOME), 3)), floor, Ceremony.NOW));
        refused(
                DocumentReason.BROKEN_CHAIN,
                () -> take(ceremony.signed(numbered(2, Optional.empty(), 3)), floor, Ceremony.NOW));
        var later = numbered(5, Optional.of(Ceremony.SOME), 3);
        assertThat(take(ceremony.signed(later), floor, Ceremony.NOW).state().value())
                .isEqualTo(later);
    }

    @Test
    @Tag("claim-T3")
    void expiry_isTheFirstMomentThatIsTooLate() throws Exception {
        assertThat(take(
                        ceremony.signed(state),
                        HighWaterMark.NONE,
                        state.expires().minusSeconds(1)))
                .isNotNull();
        refused(DocumentReason.EXPIRED, () -> take(ceremony.signed(state), HighWaterMark.NONE, state.expires()));
    }

    @Test
    @Tag("claim-T3")
    void clockThatWasSetBack_doesNotReviveAnExpiredState() throws Exception {
        var late = state.expires().plusSeconds(60);
        var newer = new NodeState(
                Ceremony.NODE, 9, Optional.empty(), late, late.plusSeconds(3600), state.grants(), state.tenants());
        var floor = HighWaterMark.NONE.raisedTo(take(ceremony.signed(newer), HighWaterMark.NONE, late), HEAD);
        var old = new NodeState(
                Ceremony.NODE, 10, floor.digest(), state.issuedAt(), state.expires(), state.grants(), state.tenants());
        refused(DocumentReason.EXPIRED, () -> take(ceremony.signed(old), floor, Ceremony.NOW));
        var longer = new NodeState(
                Ceremony.NODE,
                10,
                floor.digest(),
                state.issuedAt(),
                late.plusSeconds(3600),
                state.grants(),
                state.tenants());
        refused(DocumentReason.REPLAYED, () -> take(ceremony.signed(longer), floor, Ceremony.NOW));
    }

    /// States that are each a little ahead of the one before must not lead a node into a future in which everything
    /// has expired.
    @Test
    @Tag("claim-T3")
    void statesFromTheFuture_doNotDragTheClockAlong() throws Exception {
        var ahead = Ceremony.NOW.plus(Verifier.SKEW);
        var first = new NodeState(
                Ceremony.NODE, 1, Optional.empty(), ahead, ahead.plusSeconds(60), state.grants(), state.tenants());
        var floor = HighWaterMark.NONE.raisedTo(take(ceremony.signed(first)), HEAD);
        var further = new NodeState(
                Ceremony.NODE,
                2,
                floor.digest(),
                ahead.plusSeconds(1),
                ahead.plusSeconds(60),
                state.grants(),
                state.tenants());
        refused(DocumentReason.NOT_YET_VALID, () -> take(ceremony.signed(further), floor, Ceremony.NOW));
    }

    @Test
    @Tag("claim-T3")
    void stateFromTheFuture_waitsUntilTheClockIsRight() throws Exception {
        var envelope = ceremony.signed(state);
        var tolerated = state.issuedAt().minus(Verifier.SKEW);
        assertThat(take(envelope, HighWaterMark.NONE, tolerated)).isNotNull();
        refused(DocumentReason.NOT_YET_VALID, () -> take(envelope, HighWaterMark.NONE, tolerated.minusSeconds(1)));
        // a node that boots without a clock: refused, never believed to be early enough
        refused(DocumentReason.NOT_YET_VALID, () -> take(envelope, HighWaterMark.NONE, Instant.EPOCH));
    }

    @Test
    void expiredRoot_vouchesForNothing() {
        var context = ceremony.context(HighWaterMark.NONE, Ceremony.NOW.plus(Duration.ofDays(366)), grant);
        refused(DocumentReason.ROOT_EXPIRED, () -> ceremony.verifier.newState(ceremony.signed(state), context));
    }

    @Test
    void grantOutsideItsDates_entailsNothing() {
        var early = Ceremony.NOW.minus(Duration.ofDays(2));
        var issuedEarly = new NodeState(
                Ceremony.NODE, 1, Optional.empty(), early, state.expires(), state.grants(), state.tenants());
        refused(DocumentReason.NOT_YET_VALID, () -> take(ceremony.signed(issuedEarly), HighWaterMark.NONE, early));
        var late = Ceremony.NOW.plus(Duration.ofDays(31));
        var issuedLate = new NodeState(
                Ceremony.NODE,
                1,
                Optional.empty(),
                late,
                late.plus(Duration.ofDays(1)),
                state.grants(),
                state.tenants());
        refused(DocumentReason.EXPIRED, () -> take(ceremony.signed(issuedLate), HighWaterMark.NONE, late));
    }

    @Test
    void grantThatTheStateDoesNotName_isNotUsed() {
        refused(
                DocumentReason.NO_GRANT,
                () -> ceremony.verifier.newState(
                        ceremony.signed(state), ceremony.context(HighWaterMark.NONE, Ceremony.NOW)));
        var unnamed = new NodeState(
                Ceremony.NODE, 1, Optional.empty(), state.issuedAt(), state.expires(), List.of(), state.tenants());
        refused(DocumentReason.NO_GRANT, () -> take(ceremony.signed(unnamed)));
    }

    @Test
    @Tag("claim-T2")
    void grantThatWasReplaced_isNotAcceptedAgain() throws Exception {
        var original = Ceremony.grant(Ceremony.DEMO, 0);
        var revised = ceremony.verified(new Grant(
                original.tenant(),
                2,
                original.network(),
                original.notBefore(),
                original.expires(),
                original.quotas(),
                original.pools(),
                original.runtimes(),
                List.of(),
                NodeMode.DEV));
        var first = Ceremony.state(revised, new Counts(1, 0, 0));
        var installed = ceremony.verifier.newState(
                ceremony.signed(first), ceremony.context(HighWaterMark.NONE, Ceremony.NOW, revised));
        var floor = HighWaterMark.NONE.raisedTo(installed, HEAD);
        var old = numbered(2, floor.digest(), 1);
        refused(DocumentReason.GRANT_SUPERSEDED, () -> take(ceremony.signed(old), floor, Ceremony.NOW));
    }

    /// Whichever the node has had first: the older one never counts, also if the state names it as well.
    @Test
    @Tag("claim-T2")
    void stateThatNamesTwoGrantsOfATenant_getsNothingByTheOlder() throws Exception {
        var original = Ceremony.grant(Ceremony.DEMO, 0);
        var older = ceremony.verified(original);
        var newer = ceremony.verified(new Grant(
                original.tenant(),
                2,
                original.network(),
                original.notBefore(),
                original.expires(),
                original.quotas(),
                original.pools(),
                original.runtimes(),
                List.of(),
                NodeMode.DEV));
        var first = Ceremony.state(newer, new Counts(1, 0, 0));
        var both = ceremony.signed(new NodeState(
                Ceremony.NODE,
                1,
                Optional.empty(),
                first.issuedAt(),
                first.expires(),
                List.of(older.digest(), newer.digest()),
                first.tenants()));
        refused(
                DocumentReason.GRANT_SUPERSEDED,
                () -> ceremony.verifier.newState(
                        both, ceremony.context(HighWaterMark.NONE, Ceremony.NOW, older, newer)));
        var taken = ceremony.verifier.newState(both, ceremony.context(HighWaterMark.NONE, Ceremony.NOW, newer, older));
        assertThat(taken.grants().values()).extracting(Verified::digest).containsExactly(newer.digest());
    }

    /// Grant keys are offline, but not beyond mistakes or theft: one version has one content, whichever came first.
    @Test
    @Tag("claim-T2")
    void grantOfTheSameVersionWithOtherContent_isEquivocation() throws Exception {
        var floor = HighWaterMark.NONE.raisedTo(take(ceremony.signed(state)), HEAD);
        var original = Ceremony.grant(Ceremony.DEMO, 0);
        var wider = ceremony.verified(new Grant(
                original.tenant(),
                original.version(),
                original.network(),
                original.notBefore(),
                original.expires().plusSeconds(1),
                original.quotas(),
                original.pools(),
                original.runtimes(),
                List.of(),
                NodeMode.DEV));
        var second = new NodeState(
                Ceremony.NODE,
                2,
                floor.digest(),
                state.issuedAt(),
                state.expires(),
                List.of(wider.digest()),
                state.tenants());
        refused(
                DocumentReason.EQUIVOCATION,
                () -> ceremony.verifier.newState(
                        ceremony.signed(second), ceremony.context(floor, Ceremony.NOW, wider)));
    }

    @Test
    void storedState_isBelievedAfterItExpired_butFrozen() throws Exception {
        var envelope = ceremony.signed(state);
        var floor = HighWaterMark.NONE.raisedTo(take(envelope), HEAD);
        var later = state.expires().plusSeconds(1);
        var stored = ceremony.verifier.storedState(envelope, ceremony.context(floor, later, grant));
        assertThat(stored.state().value()).isEqualTo(state);
        assertThat(stored.frozen(Ceremony.DEMO, later)).isTrue();
        assertThat(stored.frozen(Ceremony.DEMO, Ceremony.NOW)).isFalse();
        refused(
                DocumentReason.EQUIVOCATION,
                () -> ceremony.verifier.storedState(
                        ceremony.signed(numbered(1, Optional.empty(), 3)),
                        ceremony.context(floor, Ceremony.NOW, grant)));
        refused(
                DocumentReason.REPLAYED,
                () -> ceremony.verifier.storedState(
                        ceremony.signed(numbered(7, floor.digest(), 3)), ceremony.context(floor, Ceremony.NOW, grant)));
    }

    @Test
    void floor_readsBackWhatItWrote() throws Exception {
        var floor = HighWaterMark.NONE.raisedTo(take(ceremony.signed(state)), HEAD);
        assertThat(HighWaterMark.parse(floor.bytes())).isEqualTo(floor);
        assertThat(HighWaterMark.parse(HighWaterMark.NONE.bytes())).isEqualTo(HighWaterMark.NONE);
        assertThat(floor.grants()).containsEntry(Ceremony.DEMO, new HighWaterMark.Newest(1, grant.digest()));
        assertThat(floor.time().now(Instant.EPOCH)).isEqualTo(state.issuedAt());
    }

    @Test
    void rootThatWasNotPinned_isRefused() {
        var envelope = Ceremony.signed(DocumentType.ROOT, Payloads.of(ceremony.rootDocument(1)), ceremony.rootKey);
        refused(DocumentReason.NOT_THE_PINNED_ROOT, () -> ceremony.verifier.pinnedRoot(envelope, Ceremony.SOME));
        var byAnother = Ceremony.signed(DocumentType.ROOT, Payloads.of(ceremony.rootDocument(1)), ceremony.stateKey);
        refused(
                DocumentReason.UNTRUSTED_KEY,
                () -> ceremony.verifier.pinnedRoot(byAnother, Digest.of(Payloads.of(ceremony.rootDocument(1)))));
    }

    @Test
    @Tag("claim-K5")
    void nodeDocument_isBelievedByKeysOfItsRoleAlone() throws Exception {
        var root = ceremony.pinned(ceremony.rootWithNodeKey(1));
        var key = Optional.of(ceremony.stateKey.verifyKey());
        var document = ceremony.node(1, key);
        var payload = Payloads.of(document);
        var good = Ceremony.signed(NodeDocument.TYPE, payload, ceremony.nodeKey);
        assertThat(documents.node(root, good).value()).isEqualTo(document);
        for (var other : List.of(ceremony.rootKey, ceremony.grantKey, ceremony.stateKey, Ceremony.Key.fresh())) {
            var bad = Ceremony.signed(NodeDocument.TYPE, payload, other);
            refused(DocumentReason.UNTRUSTED_KEY, () -> documents.node(root, bad));
        }
        refused(DocumentReason.UNSIGNED, () -> documents.node(root, Ceremony.signed(NodeDocument.TYPE, payload)));
        var asGrant = Ceremony.signed(DocumentType.GRANT, payload, ceremony.nodeKey);
        refused(DocumentReason.WRONG_TYPE, () -> documents.node(root, asGrant));
        var text = new String(payload, UTF_8);
        for (var bad : List.of(
                text.replace("ed25519:", "ed25519:A"),
                text.replace("\"keys\"", "\"more\" : [], \"keys\""),
                text.replace("\"version\" : 1", "\"version\" : 0"))) {
            assertThat(bad).isNotEqualTo(text);
            var signed = Ceremony.signed(NodeDocument.TYPE, bad.getBytes(UTF_8), ceremony.nodeKey);
            refused(DocumentReason.MALFORMED, () -> documents.node(root, signed));
        }
    }

    /// A root of schema 1 has no keys for it.
    @Test
    void nodeDocument_isBelievedByGrantKeys_underARootWithoutNodeKeys() throws Exception {
        var root = ceremony.root();
        var payload = Payloads.of(ceremony.node(1, Optional.empty()));
        var byGrantKey = Ceremony.signed(NodeDocument.TYPE, payload, ceremony.grantKey);
        assertThat(documents.node(root, byGrantKey).value().version()).isEqualTo(1);
        var byNodeKey = Ceremony.signed(NodeDocument.TYPE, payload, ceremony.nodeKey);
        refused(DocumentReason.UNTRUSTED_KEY, () -> documents.node(root, byNodeKey));
    }

    @Test
    void nextRoot_needsBothThresholds_andTheNextVersion() throws Exception {
        var fresh = Ceremony.Key.fresh();
        var successor = Ceremony.root(
                2,
                Ceremony.NOW,
                Ceremony.NOW.plus(Duration.ofDays(400)),
                Map.of(
                        Role.ROOT, Ceremony.keys(1, fresh),
                        Role.GRANT, Ceremony.keys(1, ceremony.grantKey),
                        Role.STATE, Ceremony.keys(1, ceremony.stateKey)));
        var current = ceremony.root();
        var both = Ceremony.signed(DocumentType.ROOT, Payloads.of(successor), ceremony.rootKey, fresh);
        assertThat(ceremony.verifier.nextRoot(current, both).value()).isEqualTo(successor);
        var oldOnly = Ceremony.signed(DocumentType.ROOT, Payloads.of(successor), ceremony.rootKey);
        refused(DocumentReason.UNTRUSTED_KEY, () -> ceremony.verifier.nextRoot(current, oldOnly));
        var newOnly = Ceremony.signed(DocumentType.ROOT, Payloads.of(successor), fresh);
        refused(DocumentReason.UNTRUSTED_KEY, () -> ceremony.verifier.nextRoot(current, newOnly));
        for (int version : new int[] {1, 3}) {
            var skipped =
                    Ceremony.signed(DocumentType.ROOT, Payloads.of(ceremony.rootDocument(version)), ceremony.rootKey);
            refused(DocumentReason.ROOT_VERSION, () -> ceremony.verifier.nextRoot(current, skipped));
        }
    }

    @Test
    @Tag("claim-T6")
    void oversizeEnvelope_isRefusedBeforeItIsLookedAt() {
        refused(DocumentReason.TOO_LARGE, () -> take(new byte[64 << 20]));
        var big = new byte[DocumentType.NODE_STATE.maxBytes() + 1];
        refused(DocumentReason.TOO_LARGE, () -> take(Ceremony.signed(DocumentType.NODE_STATE, big, ceremony.stateKey)));
    }

    @Test
    @Tag("claim-T6")
    void documentThatIsNotStrictJson_isRefusedEvenWhenSigned() {
        var text = new String(Payloads.of(state), UTF_8);
        for (var bad : List.of(
                "",
                "{}",
                "[]",
                text + " {}",
                text.replace("\"schema\":3", "\"schema\":2"),
                text.replace("\"schema\":3", "\"schema\":3,\"schema\":3"),
                text.replace("\"schema\":3", "\"schema\":3.0"),
                text.replace("\"schema\":3", "\"schema\":3,\"extra\":1"),
                text.replace("\"running\":2", "\"running\":-1"),
                text.replace("\"running\":2", "\"running\":101"),
                text.replace("\"running\":2", "\"running\":1e9"),
                text.replace("\"running\":2", "\"running\":null"),
                text.replace("\"running\":2", "\"running\":2,\"more\":0"),
                text.replace("\"demo\"", "\"../demo\""),
                text.replace("\"exec\"", "\"exec\",\"exec\""),
                text.replace("\"exec\"", "\"root\""),
                text.replace("12:00:00Z", "12:00:00+00:00"))) {
            assertThat(bad).isNotEqualTo(text);
            refused(
                    DocumentReason.MALFORMED,
                    () -> take(Ceremony.signed(DocumentType.NODE_STATE, bad.getBytes(UTF_8), ceremony.stateKey)));
        }
    }
}
