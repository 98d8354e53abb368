package dev.mvm.coordinator.states;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.coordinator.FakeDocuments;
import dev.mvm.coordinator.Grants;
import dev.mvm.coordinator.ManualClock;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.fleet.IssuedState;
import dev.mvm.coordinator.fleet.TenantChanges;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.Stores;
import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.coordinator.trust.StateSigner;
import dev.mvm.model.Counts;
import dev.mvm.model.NodeId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.TenantId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class StateIssuerTest {
    private static final NodeId NODE = new NodeId("edge-1");
    private static final Duration LIFE = Duration.ofHours(24);

    private final ManualClock clock = new ManualClock();
    private final FakeDocuments documents = new FakeDocuments();
    private Store store;
    private FleetStore records;
    private TenantChanges tenants;
    private StateIssuer issuer;

    @BeforeEach
    void open() throws Exception {
        store = Stores.inMemory(clock);
        records = new FleetStore(store, documents);
        tenants = new TenantChanges(records, clock);
        issuer = new StateIssuer(records, documents, clock, LIFE);
        tenants.create(new TenantId("acme"));
        tenants.publish(documents.envelope(Grants.grant("acme", 1, 0, Grants.PLENTY, Grants.pool("web", 0, 9))));
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    private IssuedState current(long installed) throws Exception {
        return issuer.current(records.state(), NODE, installed).state();
    }

    private StateSigner.Place place(IssuedState state) throws Exception {
        return documents.place(records.log().state(state.index().orElseThrow()));
    }

    private void scale(int running) throws Exception {
        tenants.change(PoolAddress.parse("acme/web"), want -> want.with(new Counts(running, 0, 0)));
    }

    @Test
    @Tag("claim-C4")
    void state_isKeptBeforeItIsReturned() throws Exception {
        var state = current(0);
        assertThat(state.sequence()).isEqualTo(1);
        assertThat(FleetStore.issued(store.get(FleetKeys.stateKey(NODE)).orElseThrow()))
                .isEqualTo(state);
        assertThat(place(state).previous()).isEmpty();
    }

    @Test
    void unchangedContent_needsNoNewState() throws Exception {
        var first = current(0);
        clock.advance(LIFE.dividedBy(2).minusSeconds(1));
        assertThat(current(0)).isEqualTo(first);
    }

    @Test
    void ageingState_isReplacedBeforeItExpires() throws Exception {
        var first = current(0);
        clock.advance(LIFE.dividedBy(2));
        var second = current(0);
        assertThat(second.sequence()).isEqualTo(2);
        assertThat(second.fingerprint()).isEqualTo(first.fingerprint());
        assertThat(second.expires()).isAfter(first.expires());
        assertThat(place(second).previous()).contains(first.digest());
    }

    @Test
    @Tag("claim-C4")
    void everyChange_isChainedToTheStateBefore() throws Exception {
        Optional<IssuedState> before = Optional.empty();
        for (int i = 1; i <= 5; i++) {
            scale(i);
            var state = current(0);
            assertThat(state.sequence()).isEqualTo(i);
            assertThat(place(state).previous()).isEqualTo(before.map(IssuedState::digest));
            before = Optional.of(state);
        }
    }

    @Test
    void sequence_survivesANewCoordinator() throws Exception {
        current(0);
        scale(1);
        var second = new StateIssuer(new FleetStore(store, documents), documents, clock, LIFE);
        assertThat(second.current(records.state(), NODE, 0).state().sequence()).isEqualTo(2);
    }

    @Test
    void nodeAheadOfARestoredStore_isOvertaken() throws Exception {
        current(0);
        var next = current(40);
        assertThat(next.sequence())
                .as("41 would have to name state 40, which is not known")
                .isEqualTo(42);
        assertThat(current(42)).isEqualTo(next);
    }

    @Test
    void nodeThatClaimsAnAbsurdNumber_isNotFollowed() throws Exception {
        var first = current(0);
        assertThat(current(Long.MAX_VALUE)).isEqualTo(first);
    }

    @Test
    void stateThatCannotBeSigned_leavesTheLastOne() throws Exception {
        var first = current(0);
        scale(3);
        documents.loseKey();
        assertThatThrownBy(() -> current(0)).isInstanceOf(DocumentRefusedException.class);
        assertThat(FleetStore.issued(store.get(FleetKeys.stateKey(NODE)).orElseThrow()))
                .isEqualTo(first);
    }

    @Test
    @Tag("claim-C4")
    void twoCoordinators_neverUseANumberTwice() throws Exception {
        var other = new StateIssuer(new FleetStore(store, documents), documents, clock, LIFE);
        try (var executor = Executors.newFixedThreadPool(2)) {
            for (int i = 1; i <= 20; i++) {
                scale(i % 9);
                var fleet = records.state();
                var a = executor.submit(() -> issuer.current(fleet, NODE, 0).state());
                var b = executor.submit(() -> other.current(fleet, NODE, 0).state());
                assertThat(a.get()).as("both see the one that was kept").isEqualTo(b.get());
            }
        }
    }
}
