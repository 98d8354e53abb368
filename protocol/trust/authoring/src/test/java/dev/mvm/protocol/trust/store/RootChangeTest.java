package dev.mvm.protocol.trust.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.transparency.TestLog;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A node whose trust root changes: planned, after a theft, forged, and cut short.
final class RootChangeTest {
    private static final Instant LATER = Ceremony.NOW.plus(Duration.ofHours(1));

    private final Ceremony ceremony = new Ceremony();
    private final Ceremony.Key fresh = Ceremony.Key.fresh();
    private final TestLog log = new TestLog();
    private final MemoryFiles files = new MemoryFiles();
    private final List<String> complaints = new ArrayList<>();
    private final Grant grant = Ceremony.grant(Ceremony.DEMO, 0);
    private Instant now = Ceremony.NOW;

    private TrustStore open() throws IOException {
        return TrustStore.open(
                files,
                ceremony.verifier,
                ceremony.root(),
                Ceremony.NODE,
                NodeMode.DEV,
                new NodeClocks(() -> now, () -> 0),
                complaints::add);
    }

    @BeforeEach
    void nodeThatRuns() throws Exception {
        var store = open();
        store.installGrant(envelope(grant, ceremony.grantKey));
        install(store, first(), ceremony.stateKey);
        now = LATER;
    }

    private void install(TrustStore store, NodeState state, Ceremony.Key key) throws RefusedException, IOException {
        var envelope = Bytes.of(Ceremony.signed(DocumentType.NODE_STATE, Payloads.of(state), key));
        store.installState(envelope, log.proof(envelope, key, store.floor()));
    }

    private static Bytes envelope(Grant document, Ceremony.Key key) {
        return Bytes.of(Ceremony.signed(DocumentType.GRANT, Payloads.of(document), key));
    }

    private NodeState first() {
        return Ceremony.state(ceremony.verified(grant), new Counts(1, 0, 0));
    }

    private NodeState state(long sequence, Optional<Digest> previous, Instant issuedAt) {
        return new NodeState(
                Ceremony.NODE, sequence, previous, issuedAt, first().expires(), first().grants(), first().tenants());
    }

    private TrustRoot root(
            int version, TrustRoot.Keys root, TrustRoot.Keys grants, TrustRoot.Keys states, Ceremony.Key... stolen) {
        var plain = Ceremony.root(
                version,
                LATER,
                LATER.plus(Duration.ofDays(365)),
                Map.of(Role.ROOT, root, Role.GRANT, grants, Role.STATE, states));
        var compromised = Stream.of(stolen).map(key -> key.verifyKey().id()).collect(Collectors.toUnmodifiableSet());
        return new TrustRoot(version, plain.issuedAt(), plain.expires(), plain.roles(), compromised);
    }

    private TrustRoot.Keys rootKeys() {
        return Ceremony.keys(1, ceremony.rootKey);
    }

    private TrustRoot.Keys grantKeys() {
        return Ceremony.keys(1, ceremony.grantKey);
    }

    private Bytes signed(TrustRoot root, Ceremony.Key... keys) {
        return Bytes.of(Ceremony.signed(DocumentType.ROOT, Payloads.of(root), keys));
    }

    private Bytes stateKeyReplaced() {
        return signed(root(2, rootKeys(), grantKeys(), Ceremony.keys(1, fresh), ceremony.stateKey), ceremony.rootKey);
    }

    private void refused(DocumentReason reason, ThrowingCallable attempt) {
        var before = files.all();
        assertThatThrownBy(attempt)
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
        assertThat(files.all().keySet()).isEqualTo(before.keySet());
        before.forEach((name, content) -> assertThat(files.all().get(name)).isEqualTo(content));
    }

    @Test
    @Tag("claim-T7")
    void addedKey_changesNothingElse_andSurvivesARestart() throws Exception {
        var store = open();
        store.installRoot(
                signed(root(2, rootKeys(), grantKeys(), Ceremony.keys(1, ceremony.stateKey, fresh)), ceremony.rootKey));
        for (var each : List.of(store, open())) {
            assertThat(each.roots().newest().value().version()).isEqualTo(2);
            assertThat(each.installed().orElseThrow().state().value()).isEqualTo(first());
        }
        var second = state(2, Optional.of(Digest.of(Payloads.of(first()))), LATER);
        install(open(), second, fresh);
        var late = open();
        refused(DocumentReason.REPLAYED, () -> install(late, first(), ceremony.stateKey));
        assertThat(complaints).isEmpty();
    }

    @Test
    @Tag("claim-T7")
    void sameRootAgain_isFine() throws Exception {
        var store = open();
        store.installRoot(stateKeyReplaced());
        var before = files.all();
        store.installRoot(stateKeyReplaced());
        store.installRoot(ceremony.root().envelope());
        assertThat(files.all().keySet()).isEqualTo(before.keySet());
    }

    @Test
    @Tag("claim-T7")
    void rootThatTheOldOneDoesNotVouchFor_changesNothing() throws Exception {
        var store = open();
        var usurped = root(2, Ceremony.keys(1, fresh), grantKeys(), Ceremony.keys(1, fresh));
        refused(DocumentReason.UNTRUSTED_KEY, () -> store.installRoot(signed(usurped, fresh)));
        refused(DocumentReason.UNTRUSTED_KEY, () -> store.installRoot(signed(usurped, ceremony.stateKey)));
        refused(DocumentReason.UNSIGNED, () -> store.installRoot(signed(usurped)));
        refused(DocumentReason.WRONG_TYPE, () -> store.installRoot(envelope(grant, ceremony.rootKey)));
        var skipped = root(3, rootKeys(), grantKeys(), Ceremony.keys(1, fresh));
        refused(DocumentReason.ROOT_VERSION, () -> store.installRoot(signed(skipped, ceremony.rootKey)));
        var old = Ceremony.root(1, LATER, LATER.plusSeconds(60), usurped.roles());
        refused(DocumentReason.UNTRUSTED_KEY, () -> store.installRoot(signed(old, fresh)));
    }

    @Test
    @Tag("claim-T7")
    void rollbackToAnOlderRoot_isRefused() throws Exception {
        var store = open();
        store.installRoot(stateKeyReplaced());
        var other = root(2, rootKeys(), grantKeys(), Ceremony.keys(1, ceremony.stateKey));
        refused(DocumentReason.ROOT_VERSION, () -> store.installRoot(signed(other, ceremony.rootKey)));
        var first = root(1, rootKeys(), grantKeys(), Ceremony.keys(1, ceremony.stateKey));
        refused(DocumentReason.ROOT_VERSION, () -> store.installRoot(signed(first, ceremony.rootKey)));
    }

    @Test
    @Tag("claim-T7")
    void loweredThreshold_needsTheOldThreshold() throws Exception {
        var second = Ceremony.Key.fresh();
        var two = root(2, Ceremony.keys(2, ceremony.rootKey, second), grantKeys(), Ceremony.keys(1, ceremony.stateKey));
        var store = open();
        store.installRoot(signed(two, ceremony.rootKey, second));
        var lowered = root(3, rootKeys(), grantKeys(), Ceremony.keys(1, ceremony.stateKey));
        refused(DocumentReason.BELOW_THRESHOLD, () -> store.installRoot(signed(lowered, ceremony.rootKey)));
        store.installRoot(signed(lowered, ceremony.rootKey, second));
        assertThat(store.roots().roots()).hasSize(3);
        assertThat(store.roots().roots()).hasSize(3);
    }

    @Test
    @Tag("claim-T7")
    void rootFromTheFuture_waits() throws Exception {
        now = LATER.minus(Duration.ofMinutes(6));
        var store = open();
        refused(DocumentReason.NOT_YET_VALID, () -> store.installRoot(stateKeyReplaced()));
    }

    /// The thief's documents lose effect at once, instances that ran under them go on, and nothing old comes back.
    @Test
    @Tag("claim-T8")
    void replacedStateKey_signsNothingMore() throws Exception {
        var store = open();
        store.installRoot(stateKeyReplaced());
        assertThat(store.installed()).isEmpty();
        refused(DocumentReason.UNTRUSTED_KEY, () -> install(store, first(), ceremony.stateKey));
        var older = state(1, Optional.empty(), LATER.minusSeconds(1));
        refused(DocumentReason.REPLAYED, () -> install(store, older, fresh));
        install(store, state(1, Optional.empty(), LATER), fresh);
        assertThat(open().installed()).isPresent();
    }

    /// A stolen key runs the node's counter to its end; the root that replaces the key also brings the counter
    /// back.
    @Test
    @Tag("claim-T8")
    void counterThatAThiefHasRunForward_isFreeAgain() throws Exception {
        var store = open();
        install(store, state(Long.MAX_VALUE, Optional.empty(), LATER), ceremony.stateKey);
        var next = state(2, Optional.of(Digest.of(Payloads.of(first()))), LATER);
        refused(DocumentReason.REPLAYED, () -> install(store, next, ceremony.stateKey));
        store.installRoot(stateKeyReplaced());
        install(store, state(1, Optional.empty(), LATER), fresh);
        assertThat(store.installed().orElseThrow().state().value().sequence()).isEqualTo(1);
    }

    /// A rotation is no theft: nothing that was taken is forgotten.
    @Test
    @Tag("claim-T8")
    void stateKeyThatIsOnlyReplaced_leavesEveryCounter() throws Exception {
        var store = open();
        var second = state(2, Optional.of(Digest.of(Payloads.of(first()))), LATER);
        install(store, second, ceremony.stateKey);
        var before = store.floor();
        store.installRoot(signed(root(2, rootKeys(), grantKeys(), Ceremony.keys(1, fresh)), ceremony.rootKey));
        assertThat(store.installed()).isEmpty();
        for (var each : List.of(store, open())) {
            assertThat(each.floor().sequence()).isEqualTo(2);
            assertThat(each.floor().digest()).isEqualTo(before.digest());
            assertThat(each.floor().log()).isEqualTo(before.log());
            assertThat(each.floor().keys()).isEqualTo(before.keys());
        }
        refused(DocumentReason.REPLAYED, () -> install(store, state(1, Optional.empty(), LATER), fresh));
        install(store, state(3, Optional.of(Digest.of(Payloads.of(second))), LATER), fresh);
    }

    /// Operators learn of a theft after they have replaced the key.
    @Test
    @Tag("claim-T8")
    void keyThatALaterRootNames_losesItsCountersThen() throws Exception {
        var store = open();
        install(store, state(Long.MAX_VALUE, Optional.empty(), LATER), ceremony.stateKey);
        store.installRoot(signed(root(2, rootKeys(), grantKeys(), Ceremony.keys(1, fresh)), ceremony.rootKey));
        refused(DocumentReason.REPLAYED, () -> install(store, state(1, Optional.empty(), LATER), fresh));
        var named = root(3, rootKeys(), grantKeys(), Ceremony.keys(1, fresh), ceremony.stateKey);
        store.installRoot(signed(named, ceremony.rootKey));
        install(store, state(1, Optional.empty(), LATER), fresh);
        var again = root(4, rootKeys(), grantKeys(), Ceremony.keys(1, fresh), ceremony.stateKey);
        store.installRoot(signed(again, ceremony.rootKey));
        assertThat(store.floor().sequence())
                .as("named before: nothing new falls")
                .isEqualTo(1);
    }

    @Test
    void rootWhoseKeyIsCompromised_cannotExist() {
        assertThatThrownBy(() -> root(2, rootKeys(), grantKeys(), Ceremony.keys(1, fresh), fresh))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is compromised and has the role state");
    }

    @Test
    @Tag("claim-T8")
    void versionThatAThiefHasRunForward_isFreeAgain() throws Exception {
        var store = open();
        var thiefs = version(Integer.MAX_VALUE);
        store.installGrant(envelope(thiefs, ceremony.grantKey));
        install(store, relyingOn(2, Digest.of(Payloads.of(first())), thiefs), ceremony.stateKey);
        var changed =
                root(2, rootKeys(), Ceremony.keys(1, fresh), Ceremony.keys(1, ceremony.stateKey), ceremony.grantKey);
        store.installRoot(signed(changed, ceremony.rootKey));
        assertThat(store.installed()).isEmpty();
        var ours = version(3);
        store.installGrant(envelope(ours, fresh));
        var before = relyingOn(2, Digest.of(Payloads.of(first())), thiefs);
        install(store, relyingOn(3, Digest.of(Payloads.of(before)), ours), ceremony.stateKey);
        assertThat(open().installed()
                        .orElseThrow()
                        .grants()
                        .get(Ceremony.DEMO)
                        .value()
                        .version())
                .isEqualTo(3);
    }

    private Grant version(int version) {
        return new Grant(
                grant.tenant(),
                version,
                grant.network(),
                grant.notBefore(),
                grant.expires(),
                grant.quotas(),
                grant.pools(),
                grant.runtimes(),
                List.of(),
                NodeMode.DEV);
    }

    private NodeState relyingOn(long sequence, Digest previous, Grant relied) {
        return new NodeState(
                Ceremony.NODE,
                sequence,
                Optional.of(previous),
                LATER,
                first().expires(),
                List.of(Digest.of(Payloads.of(relied))),
                first().tenants());
    }

    /// Power is lost before each write of a change of roots: at the next start it is done or not begun.
    @Test
    @Tag("claim-T7")
    void powerLossDuringAChange_leavesTheOldRootOrTheNew() throws Exception {
        var before = files.all();
        for (int writes = 0; writes < 2; writes++) {
            files.content.clear();
            files.content.putAll(before);
            var store = open();
            files.writesLeft = writes;
            assertThatThrownBy(() -> store.installRoot(stateKeyReplaced())).isInstanceOf(MemoryFiles.PowerLoss.class);
            files.writesLeft = Integer.MAX_VALUE;
            var again = open();
            assertThat(again.roots().newest().value().version()).isEqualTo(writes == 0 ? 1 : 2);
            assertThat(again.installed().isPresent()).isEqualTo(writes == 0);
            again.installRoot(stateKeyReplaced());
            install(again, state(1, Optional.empty(), LATER), fresh);
        }
    }

    @Test
    @Tag("claim-T7")
    void missingOrAlteredRoot_endsTheStart() throws Exception {
        open().installRoot(stateKeyReplaced());
        var kept = files.content.remove("root-2.dsse");
        assertThatIOException().isThrownBy(this::open).withMessageContaining("are missing");
        kept[kept.length / 2] ^= 1;
        files.content.put("root-2.dsse", kept);
        assertThatIOException().isThrownBy(this::open).withMessageContaining("is damaged");
        files.content.put("root-2.dsse", ceremony.root().envelope().array());
        assertThatIOException().isThrownBy(this::open).withMessageContaining("is damaged");
    }

    /// Installed anew with a later pin: the roots before it are of no use, and the counters stay.
    @Test
    @Tag("claim-T7")
    void laterPin_isWhereTheChainBegins() throws Exception {
        var store = open();
        store.installRoot(
                signed(root(2, rootKeys(), grantKeys(), Ceremony.keys(1, ceremony.stateKey, fresh)), ceremony.rootKey));
        var second = store.roots().newest();
        var pinned = ceremony.verifier.pinnedRoot(second.envelope().array(), second.digest());
        var again = TrustStore.open(
                files,
                ceremony.verifier,
                pinned,
                Ceremony.NODE,
                NodeMode.DEV,
                new NodeClocks(() -> now, () -> 0),
                complaints::add);
        assertThat(again.roots().roots()).hasSize(1);
        assertThat(again.installed()).isPresent();
        assertThat(complaints).isEmpty();
    }
}
