package dev.mvm.protocol.trust.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.NodeMode;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.transparency.TestLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class TrustStoreTest {
    private final Ceremony ceremony = new Ceremony();
    private final MemoryFiles files = new MemoryFiles();
    private final TestLog log = new TestLog();
    private final List<String> complaints = new ArrayList<>();
    private final Grant grant = Ceremony.grant(Ceremony.DEMO, 0);

    private TrustStore open() throws IOException {
        return TrustStore.open(
                files,
                ceremony.verifier,
                ceremony.root(),
                Ceremony.NODE,
                NodeMode.DEV,
                new NodeClocks(() -> Ceremony.NOW, () -> 0),
                complaints::add);
    }

    private TrustStore withFirst() throws RefusedException, IOException {
        var store = open();
        store.installGrant(envelope(grant));
        install(store, envelope(first()));
        return store;
    }

    private void install(TrustStore store, Bytes state) throws RefusedException, IOException {
        store.installState(state, log.proof(state, ceremony.stateKey, store.floor()));
    }

    private Bytes envelope(Grant document) {
        return Bytes.of(Ceremony.signed(DocumentType.GRANT, Payloads.of(document), ceremony.grantKey));
    }

    private NodeState first() {
        return Ceremony.state(ceremony.verified(grant), new Counts(1, 0, 0));
    }

    private NodeState after(NodeState before, long sequence) {
        return new NodeState(
                Ceremony.NODE,
                sequence,
                Optional.of(dev.mvm.model.Digest.of(Payloads.of(before))),
                before.issuedAt(),
                before.expires(),
                before.grants(),
                before.tenants());
    }

    private Bytes envelope(NodeState state) {
        return Bytes.of(ceremony.signed(state));
    }

    @Test
    void whatWasTaken_isThereAgainAfterARestart() throws Exception {
        var store = open();
        store.installGrant(envelope(grant));
        install(store, envelope(first()));
        var again = open();
        assertThat(complaints).isEmpty();
        assertThat(again.installed().orElseThrow().state().value()).isEqualTo(first());
        assertThat(again.networkOf(Ceremony.DEMO)).contains(Ceremony.network(0));
    }

    @Test
    void refusedDocument_leavesEveryFileAsItWas() throws Exception {
        var store = open();
        store.installGrant(envelope(grant));
        install(store, envelope(first()));
        var replayed = envelope(first());
        install(store, replayed); // the same once more is fine
        var before = files.all();
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> install(store, envelope(after(first(), 1))))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(DocumentReason.EQUIVOCATION));
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> store.installGrant(
                        Bytes.of(Ceremony.signed(DocumentType.GRANT, Payloads.of(grant), ceremony.stateKey))));
        assertThat(files.all().keySet()).isEqualTo(before.keySet());
        before.forEach((name, content) -> assertThat(files.all().get(name)).isEqualTo(content));
    }

    /// Power is lost before each write of taking the second state: afterwards either state may be in force, the first
    /// one is never taken again once the second was begun, and the second one can always be taken.
    @Test
    @Tag("claim-T5")
    void powerLossAtAnyWrite_neverLetsTheNodeFallBack() throws Exception {
        for (int writes = 0; writes < 4; writes++) {
            files.content.clear();
            var store = open();
            store.installGrant(envelope(grant));
            install(store, envelope(first()));
            var second = after(first(), 2);
            files.writesLeft = writes;
            boolean lost = false;
            try {
                install(store, envelope(second));
            } catch (MemoryFiles.PowerLoss e) {
                lost = true;
            }
            files.writesLeft = Integer.MAX_VALUE;
            var again = open();
            if (writes > 0) {
                assertThatExceptionOfType(RefusedException.class)
                        .isThrownBy(() -> install(again, envelope(first())))
                        .satisfies(e -> assertThat(e.reason()).isEqualTo(DocumentReason.REPLAYED));
            }
            install(again, envelope(second));
            assertThat(again.installed().orElseThrow().state().value().sequence())
                    .isEqualTo(2);
            assertThat(lost).isEqualTo(writes < 3);
        }
    }

    /// A coordinator must show every state to everyone, or to nobody: what is not in the log is not taken.
    @Test
    @Tag("claim-T9")
    void stateThatTheLogDoesNotHave_isRefused() throws Exception {
        var store = open();
        store.installGrant(envelope(grant));
        var state = envelope(first());
        refused(DocumentReason.NOT_LOGGED, store, state, Bytes.of(new byte[0]));
        refused(DocumentReason.MALFORMED, store, state, Bytes.of(new byte[] {'{', '}'}));
        var ofAnother = log.proof(envelope(after(first(), 7)), ceremony.stateKey, store.floor());
        refused(DocumentReason.LOG_PROOF, store, state, ofAnother);
        var byThief = new TestLog().proof(state, ceremony.grantKey, store.floor());
        refused(DocumentReason.UNTRUSTED_KEY, store, state, byThief);
        install(store, state);
    }

    /// Another tree than the one that was shown before, of whatever size, is an alarm.
    @Test
    @Tag("claim-T9")
    void logThatWasForkedOrCutShort_isRefused() throws Exception {
        var store = open();
        store.installGrant(envelope(grant));
        log.proof(envelope(after(first(), 8)), ceremony.stateKey, store.floor());
        install(store, envelope(first()));
        var second = envelope(after(first(), 2));
        var shorter = new TestLog();
        refused(DocumentReason.LOG_ROLLBACK, store, second, shorter.proof(second, ceremony.stateKey, store.floor()));
        shorter.proof(envelope(after(first(), 9)), ceremony.stateKey, store.floor());
        refused(
                DocumentReason.LOG_INCONSISTENT,
                store,
                second,
                shorter.proof(second, ceremony.stateKey, store.floor()));
        shorter.proof(envelope(after(first(), 10)), ceremony.stateKey, store.floor());
        refused(
                DocumentReason.LOG_INCONSISTENT,
                store,
                second,
                shorter.proof(second, ceremony.stateKey, store.floor()));
        var again = open();
        refused(
                DocumentReason.LOG_INCONSISTENT,
                again,
                second,
                shorter.proof(second, ceremony.stateKey, again.floor()));
        install(again, second);
    }

    private void refused(DocumentReason reason, TrustStore store, Bytes state, Bytes proof) {
        var before = files.all();
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> store.installState(state, proof))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
        before.forEach((name, content) -> assertThat(files.all().get(name)).isEqualTo(content));
        assertThat(files.all().keySet()).isEqualTo(before.keySet());
    }

    /// Without its floor a node would take what it has outlived.
    @Test
    @Tag("claim-T5")
    void missingFloor_endsTheStart_unlessNothingWasEverTaken() throws Exception {
        var store = open();
        store.installGrant(envelope(grant));
        install(store, envelope(first()));
        files.content.remove("floor.json");
        assertThatIOException()
                .isThrownBy(this::open)
                .withMessageContaining("floor.json is missing beside ")
                .withMessageContaining("mvm-node forget-trust");
        files.content.keySet().removeIf(name -> !name.startsWith("grant-"));
        assertThat(open().floor().sequence()).isZero();
        assertThat(files.content).containsKey("floor.json");
    }

    /// An operator's newer grant counts as soon as the node has it, from its first moment on.
    @Test
    @Tag("claim-T2")
    void stateOnAnOlderGrantThanTheNodeHas_isRefused() throws Exception {
        var store = withFirst();
        var second = after(first(), 2);
        store.installGrant(envelope(version(2, Ceremony.NOW.plusSeconds(60))));
        install(store, envelope(second));
        store.installGrant(envelope(version(2, Ceremony.NOW)));
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> install(store, envelope(after(second, 3))))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(DocumentReason.GRANT_SUPERSEDED));
        assertThat(open().installed()).as("what is in force stays").isPresent();
    }

    private Grant version(int version, Instant notBefore) {
        return new Grant(
                grant.tenant(),
                version,
                grant.network(),
                notBefore,
                grant.expires(),
                grant.quotas(),
                grant.pools(),
                grant.runtimes(),
                grant.keys(),
                grant.mode());
    }

    @Test
    void damagedFloor_endsTheStart() {
        files.put("floor.json", "{\"sequence\":1}".getBytes(StandardCharsets.UTF_8));
        assertThatIOException().isThrownBy(this::open).withMessageContaining("floor.json is damaged");
    }

    @Test
    @Tag("claim-T5")
    void alteredFiles_areLeftAsideAndReported() throws Exception {
        var store = open();
        store.installGrant(envelope(grant));
        install(store, envelope(first()));
        var state = files.content.get("state.dsse");
        state[state.length / 2] ^= 1;
        var again = open();
        assertThat(again.installed()).isEmpty();
        assertThat(complaints).singleElement().asString().startsWith("the stored state is not believed");
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> install(again, envelope(after(first(), 1))))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(DocumentReason.EQUIVOCATION));
    }

    /// All that one state may rely on can arrive before it, and what no state relies on goes when one is taken.
    @Test
    void grants_waitForTheirState_andGoWhenNoneNeedsThem() throws Exception {
        var store = open();
        for (int i = 0; i < 300; i++) {
            store.installGrant(envelope(Ceremony.grant(new TenantId("t" + i), i + 1)));
        }
        store.installGrant(envelope(grant));
        assertThat(files.content.keySet())
                .filteredOn(name -> name.startsWith("grant-"))
                .hasSize(301);
        install(store, envelope(first()));
        assertThat(files.content.keySet())
                .filteredOn(name -> name.startsWith("grant-"))
                .hasSize(1);
    }
}
