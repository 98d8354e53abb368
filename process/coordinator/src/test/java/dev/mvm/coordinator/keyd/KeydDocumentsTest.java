package dev.mvm.coordinator.keyd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.FakeDocuments;
import dev.mvm.coordinator.Grants;
import dev.mvm.coordinator.ManualClock;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.node.Events;
import dev.mvm.coordinator.store.Key;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.Stores;
import dev.mvm.coordinator.store.Txn;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.FleetEvent;
import dev.mvm.protocol.keyd.service.KeydClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeydDocumentsTest {
    @TempDir
    private Path folder;

    private final ManualClock clock = new ManualClock();
    private final FakeDocuments fake = new FakeDocuments();
    private final Events events = new Events(clock);
    private final ByteString grant = fake.envelope(Grants.grant("acme", 1, 0, Grants.PLENTY, Grants.pool("web", 0, 9)));
    private Store store;
    private StandInKeyd keyd;
    private KeydDocuments documents;

    @BeforeEach
    void start() throws Exception {
        store = Stores.inMemory(clock);
        keyd = new StandInKeyd(folder.resolve("keyd.sock")).start();
        documents = documents(Duration.ofMinutes(2));
    }

    private KeydDocuments documents(Duration timeout) {
        var client = new KeydClient(keyd.socket(), timeout);
        return new KeydDocuments(client, new FleetStore(store, fake), fake, events, clock);
    }

    @AfterEach
    void stop() throws Exception {
        keyd.close();
        store.close();
    }

    private void put(Key key, ByteString envelope) throws Exception {
        store.txn(Txn.of(Op.put(key, envelope)));
    }

    private void putGrant() throws Exception {
        put(FleetKeys.grantKey(new TenantId("acme")), grant);
    }

    private List<String> told() throws Exception {
        return events.after(0, _ -> true, 1000, Duration.ZERO).getEventsList().stream()
                .map(FleetEvent::getEvent)
                .toList();
    }

    private static ByteString text(String text) {
        return ByteString.copyFromUtf8(text);
    }

    @Test
    void everyDocumentInForce_isGivenOnce_rootsFirst() throws Exception {
        fake.adopt(FakeDocuments.root(2).envelope());
        fake.adopt(FakeDocuments.root(3).envelope());
        putGrant();
        put(FleetKeys.nodeDocument(new NodeId("edge-1"), 1), text("old"));
        put(FleetKeys.nodeDocument(new NodeId("edge-1"), 2), text("new"));
        put(FleetKeys.nodeDocument(new NodeId("edge-2"), 1), text("other"));
        put(new Key("/tombstones/gone"), text("tombstone"));
        put(new Key("/measurements/0000000001"), text("first"));
        put(new Key("/measurements/0000000002"), text("second"));
        documents.pass();
        documents.pass();
        assertThat(keyd.published())
                .containsExactly(
                        FakeDocuments.root(2).envelope(),
                        FakeDocuments.root(3).envelope(),
                        text("tombstone"),
                        grant,
                        text("new"),
                        text("other"),
                        text("second"));
        assertThat(documents.known().reachable()).isTrue();
        assertThat(documents.known().lacking()).isEmpty();
        assertThat(told()).isEmpty();
    }

    @Test
    void documentPublishedWhileTheServiceIsDown_isNamedAndGivenWhenItIsBack() throws Exception {
        documents.pass();
        keyd.stop();
        putGrant();
        assertThatThrownBy(() -> documents.published(grant)).isInstanceOfSatisfying(ProblemException.class, e -> {
            assertThat(e.fault()).isEqualTo(Fault.UNAVAILABLE);
            assertThat(e.problem().getReason()).isEqualTo("keyd_unreachable");
            assertThat(e.problem().getMessage())
                    .contains("the grant of acme", "the coordinator has", "mvm doctor")
                    .doesNotContain("\n");
        });
        documents.pass();
        assertThat(documents.known().reachable()).isFalse();
        assertThat(documents.known().lacking())
                .containsExactly(new KeydDocuments.Lacking("grant", "acme", "keyd_unreachable"));
        keyd.start();
        documents.pass();
        assertThat(keyd.published()).containsExactly(grant);
        assertThat(documents.known().lacking()).isEmpty();
        assertThat(told()).containsExactly("keyd_lost", "keyd_lacks", "keyd_back", "keyd_complete");
    }

    @Test
    void serviceThatDoesNotAnswerInTime_isUnreachable() throws Exception {
        putGrant();
        keyd.silent = true;
        documents = documents(Duration.ofMillis(50));
        assertThatThrownBy(() -> documents.published(grant)).hasMessageStartingWith("keyd_unreachable: ");
        assertThat(keyd.published()).isEmpty();
    }

    @Test
    void refusal_isTheServicesOwn_andTriedAgainAfterAWhile() throws Exception {
        putGrant();
        keyd.refused.put(grant, "not_yet_valid");
        assertThatThrownBy(() -> documents.published(grant))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.fault()).isEqualTo(Fault.CONFLICT))
                .hasMessageContainingAll("not_yet_valid: ", "the grant of acme", "it will not have it");
        assertThat(documents.known().lacking())
                .containsExactly(new KeydDocuments.Lacking("grant", "acme", "not_yet_valid"));
        documents.pass();
        assertThat(keyd.published()).as("not asked again at once").hasSize(1);
        keyd.refused.clear();
        clock.advance(Duration.ofMinutes(1));
        documents.pass();
        assertThat(keyd.published()).hasSize(2);
        assertThat(documents.known().lacking()).isEmpty();
        assertThat(told()).containsExactly("keyd_lacks", "keyd_complete");
    }

    @Test
    void newRoot_letsRefusedDocumentsBeTriedAtOnce() throws Exception {
        putGrant();
        keyd.refused.put(grant, "untrusted_key");
        documents.pass();
        keyd.refused.clear();
        fake.adopt(FakeDocuments.root(2).envelope());
        documents.published(FakeDocuments.root(2).envelope());
        assertThat(keyd.published())
                .containsExactly(grant, FakeDocuments.root(2).envelope(), grant);
    }

    @Test
    void serviceThatWasPutBack_isGivenEverythingAgain() throws Exception {
        putGrant();
        documents.pass();
        keyd.generation = 2;
        documents.pass();
        assertThat(keyd.published()).containsExactly(grant, grant);
        clock.advance(Duration.ofHours(1));
        documents.pass();
        assertThat(keyd.published()).as("and once an hour").hasSize(3);
    }

    @Test
    void serviceThatStops_isGivenEverythingAgain_once() throws Exception {
        putGrant();
        documents.pass();
        keyd.state = "stopped";
        documents.pass();
        assertThat(keyd.published()).containsExactly(grant, grant);
        documents.pass();
        keyd.state = "serving";
        documents.pass();
        assertThat(keyd.published()).hasSize(2);
    }

    @Test
    void heldService_isNoServingOne() throws Exception {
        keyd.state = "held";
        documents.pass();
        assertThat(documents.known().reachable()).isTrue();
        assertThat(documents.known().status().orElseThrow().state()).isEqualTo("held");
    }
}
