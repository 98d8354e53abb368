package dev.mvm.coordinator.states;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.FakeDocuments;
import dev.mvm.coordinator.Grants;
import dev.mvm.coordinator.ManualClock;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.fleet.IssuedState;
import dev.mvm.coordinator.fleet.Records;
import dev.mvm.coordinator.fleet.TenantChanges;
import dev.mvm.coordinator.store.FailingStore;
import dev.mvm.coordinator.store.Key;
import dev.mvm.coordinator.store.KeyRange;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.store.Stores;
import dev.mvm.coordinator.store.Txn;
import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.transparency.Merkle;
import dev.mvm.protocol.trust.transparency.ReferenceTree;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The log holds exactly the states that were issued, whatever crashes in between.
final class LoggedStatesTest {
    private static final Duration LIFE = Duration.ofHours(24);
    private static final NodeId A = new NodeId("edge-a");
    private static final NodeId B = new NodeId("edge-b");

    private final ManualClock clock = new ManualClock();
    private final FakeDocuments documents = new FakeDocuments();
    private Store store;
    private FleetStore records;

    @BeforeEach
    void open() throws Exception {
        store = Stores.inMemory(clock);
        records = prepared(store);
    }

    private FleetStore prepared(Store on) throws Exception {
        var out = new FleetStore(on, documents);
        var tenants = new TenantChanges(out, clock);
        tenants.create(new TenantId("acme"));
        tenants.publish(documents.envelope(Grants.grant("acme", 1, 0, Grants.PLENTY, Grants.pool("web", 0, 99))));
        return out;
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    private StateIssuer issuer(Store on) {
        return new StateIssuer(new FleetStore(on, documents), documents, clock, LIFE);
    }

    private void scale(FleetStore on, int running) throws Exception {
        new TenantChanges(on, clock)
                .change(PoolAddress.parse("acme/web"), want -> want.with(new Counts(running, 0, 0)));
    }

    /// The log is a tree over exactly the states in it; each node's states are there in order, each names the one
    /// before it; and each node's present state is its last one there.
    private List<ByteString> consistent(Store of) throws StoreException {
        var there = new FleetStore(of, documents);
        var tip = there.log().end().tip();
        var states = there.log().page(0, 1_000, Integer.MAX_VALUE);
        assertThat(states).hasSize((int) tip.size());
        var last = new HashMap<NodeId, IssuedState>();
        for (var entry : of.range(KeyRange.under("/states/")).entries()) {
            last.put(new NodeId(entry.key().path().substring("/states/".length())), FleetStore.issued(entry));
        }
        var sequences = new HashMap<NodeId, Long>();
        var digests = new HashMap<NodeId, Digest>();
        var leaves = new ArrayList<Digest>();
        for (var state : states) {
            var place = documents.place(state);
            assertThat(place.sequence()).isEqualTo(sequences.getOrDefault(place.node(), 0L) + 1);
            assertThat(place.previous().orElse(null)).isEqualTo(digests.get(place.node()));
            sequences.put(place.node(), place.sequence());
            digests.put(place.node(), Digest.of(state.toByteArray()));
            leaves.add(Merkle.leaf(state.toByteArray()));
        }
        assertThat(last.keySet()).isEqualTo(sequences.keySet());
        last.forEach((node, state) -> {
            assertThat(state.sequence()).isEqualTo(sequences.get(node));
            assertThat(state.digest()).isEqualTo(digests.get(node));
        });
        if (tip.size() > 0) {
            var root = new ReferenceTree(leaves).root(leaves.size());
            assertThat(tip.root()).isEqualTo(root);
            assertThat(tip.head().toStringUtf8()).startsWith("head " + tip.size() + " " + root + " ");
        }
        return states;
    }

    @Test
    @Tag("claim-C5")
    void everyState_isInTheLog_underASignedHead() throws Exception {
        var issuer = issuer(store);
        for (int i = 1; i <= 7; i++) {
            scale(records, i);
            for (var node : List.of(A, B)) {
                var state = issuer.current(records.state(), node, 0).state();
                var logged = records.log().state(state.index().orElseThrow());
                assertThat(Digest.of(logged.toByteArray())).isEqualTo(state.digest());
                consistent(store);
            }
        }
        assertThat(consistent(store)).hasSize(14);
        assertThat(issuer.current(records.state(), A, 0).state().index()).hasValue(12);
        assertThat(consistent(store))
                .as("an unchanged state is not logged again")
                .hasSize(14);
    }

    @Test
    @Tag("claim-C5")
    void severalCoordinatorsOnOneStore_neverForkTheLog() throws Exception {
        try (var executor = Executors.newFixedThreadPool(4)) {
            for (int i = 1; i <= 15; i++) {
                scale(records, i);
                var fleet = records.state();
                var asked = new ArrayList<Future<StateIssuer.Due>>();
                for (var node : List.of(A, B, new NodeId("edge-c"), A)) {
                    asked.add(executor.submit(() -> issuer(store).current(fleet, node, 0)));
                }
                for (var due : asked) {
                    assertThat(due.get().state().sequence()).isEqualTo(i);
                }
                assertThat(consistent(store)).hasSize(3 * i);
            }
        }
    }

    @Test
    @Tag("claim-C5")
    void crashAtAnyTransaction_leavesTreeAndStatesInAgreement() throws Exception {
        boolean more = true;
        for (int fatal = 1; more; fatal++) {
            more = false;
            for (boolean after : new boolean[] {false, true}) {
                try (var underneath = Stores.inMemory(clock)) {
                    var before = prepared(underneath);
                    var failing = new FailingStore(underneath, fatal, after);
                    boolean died = run(failing);
                    more |= died;
                    var left = consistent(underneath);
                    // another one takes over: what was logged stays, and it goes on from there
                    var next = issuer(underneath).current(before.state(), A, 0).state();
                    var now = consistent(underneath);
                    assertThat(now.subList(0, left.size())).isEqualTo(left);
                    assertThat(next.index()).isPresent();
                }
            }
        }
    }

    /// @return whether it was killed on the way
    private boolean run(FailingStore failing) throws Exception {
        var there = new FleetStore(failing, documents);
        var issuer = issuer(failing);
        try {
            for (int i = 1; i <= 4; i++) {
                scale(there, i);
                var _ = issuer.current(there.state(), A, 0);
                var _ = issuer.current(there.state(), B, 0);
            }
            return false;
        } catch (StoreException e) {
            assertThat(failing.dead()).isTrue();
            return true;
        }
    }

    @Test
    void keyThatIsLostBetweenStateAndHead_leavesNeither() throws Exception {
        var issuer = issuer(store);
        var first = issuer.current(records.state(), A, 0).state();
        scale(records, 5);
        documents.loseKeyForHeads();
        assertThatThrownBy(() -> issuer.current(records.state(), A, 0)).isInstanceOf(DocumentRefusedException.class);
        assertThat(consistent(store)).hasSize(1);
        assertThat(FleetStore.issued(store.get(FleetKeys.stateKey(A)).orElseThrow()))
                .isEqualTo(first);
    }

    @Test
    void clockThatIsSetBack_doesNotMakeAStateOlderThanTheOneBefore() throws Exception {
        var issuer = issuer(store);
        var first = issuer.current(records.state(), A, 0).state();
        var headBefore = records.log().end().tip().issuedAt();
        clock.advance(Duration.ofHours(-5));
        scale(records, 2);
        var second = issuer.current(records.state(), A, 0).state();
        assertThat(second.sequence()).isEqualTo(2);
        assertThat(second.issuedAt()).isEqualTo(first.issuedAt());
        assertThat(second.expires()).isEqualTo(second.issuedAt().plus(LIFE));
        assertThat(issuer.current(records.state(), B, 0).state().issuedAt())
                .as("each node has its own time line")
                .isBefore(first.issuedAt());
        assertThat(records.log().end().tip().issuedAt()).isEqualTo(headBefore);
        clock.advance(Duration.ofHours(6));
        scale(records, 3);
        assertThat(issuer.current(records.state(), A, 0).state().issuedAt()).isEqualTo(clock.instant());
    }

    @Test
    void stateOfBeforeTheLog_isReplacedByALoggedOneThatNamesIt() throws Exception {
        var issuer = issuer(store);
        var first = issuer.current(records.state(), A, 0).state();
        var old = new IssuedState(
                first.sequence(),
                first.digest(),
                first.fingerprint(),
                first.issuedAt(),
                first.expires(),
                OptionalLong.empty());
        try (var other = Stores.inMemory(clock)) {
            var there = prepared(other);
            other.txn(Txn.of(Op.put(FleetKeys.stateKey(A), FleetStore.bytes(Records.bytes(old)))));
            var next = issuer(other).current(there.state(), A, 1).state();
            assertThat(next.sequence()).isEqualTo(2);
            assertThat(next.index()).hasValue(0);
            assertThat(documents.place(there.log().state(0)).previous()).contains(first.digest());
        }
    }

    @Test
    @Tag("claim-C5")
    void placeInTheLogThatIsTaken_isNotWrittenOver() throws Exception {
        var issuer = issuer(store);
        var _ = issuer.current(records.state(), A, 0);
        var tip = records.log().end().entry().orElseThrow().value();
        scale(records, 2);
        var _ = issuer.current(records.state(), A, 0);
        // a tip that was put back, as by a repair that went wrong
        store.txn(Txn.of(Op.put(new Key("/log/tip"), tip)));
        scale(records, 3);
        assertThatThrownBy(() -> issuer.current(records.state(), A, 0)).isInstanceOf(StoreException.class);
        assertThat(documents.place(records.log().state(1)).sequence()).isEqualTo(2);
    }
}
