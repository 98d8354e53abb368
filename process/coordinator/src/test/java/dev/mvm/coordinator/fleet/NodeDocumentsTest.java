package dev.mvm.coordinator.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.FakeDocuments;
import dev.mvm.coordinator.ManualClock;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.Stores;
import dev.mvm.coordinator.trust.SignedNode;
import dev.mvm.crypto.verify.KeyId;
import dev.mvm.model.NodeId;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Node documents in the store: the newest that operators have signed counts, and nothing else does.
final class NodeDocumentsTest {
    private static final NodeId NODE = new NodeId("edge-1");
    private static final Optional<KeyId> KEY = Optional.of(new KeyId("ed25519:" + "ab".repeat(32)));

    private final ManualClock clock = new ManualClock();
    private final FakeDocuments fake = new FakeDocuments();
    private Store store;
    private NodeDocuments documents;

    @BeforeEach
    void open() throws Exception {
        store = Stores.inMemory(clock);
        documents = new NodeDocuments(new FleetStore(store, fake), fake, clock);
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    private ByteString signed(int version) {
        return fake.nodeDocument(NODE, version, clock.instant(), KEY);
    }

    private void refused(String reason, ByteString envelope) {
        assertThatThrownBy(() -> documents.publish(envelope))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().getReason()).isEqualTo(reason));
    }

    /// A thief of an operator's certificate can send what he likes, and signs nothing.
    @Test
    @Tag("claim-K5")
    void documentThatNobodySigned_orAnOlderOne_orOneThatExpired_changesNothing() throws Exception {
        var _ = documents.publish(signed(3));
        var before = documents.document(NODE);
        assertThat(before.flatMap(SignedNode::identity)).isEqualTo(KEY);
        refused("untrusted_key", ByteString.copyFromUtf8("a thief's"));
        refused("node_superseded", fake.nodeDocument(NODE, 3, clock.instant(), Optional.empty()));
        refused("node_superseded", fake.nodeDocument(NODE, 0, clock.instant(), Optional.empty()));
        refused("expired", fake.nodeDocument(NODE, 9, clock.instant().minus(Duration.ofDays(1)), KEY));
        assertThat(documents.document(NODE)).isEqualTo(before);
    }

    @Test
    @Tag("claim-K5")
    void revokedNode_hasNoKey_andOneThatTheRootNoLongerVouchesForHasNoDocument() throws Exception {
        var _ = documents.publish(signed(1));
        var _ = documents.publish(fake.nodeDocument(NODE, 2, clock.instant(), Optional.empty()));
        assertThat(documents.document(NODE).orElseThrow().identity()).isEmpty();
        fake.distrustNodes();
        assertThat(documents.document(NODE)).isEmpty();
    }

    @Test
    void sameDocumentAgain_isFine() throws Exception {
        assertThat(documents.publish(signed(1)).version()).isEqualTo(1);
        assertThat(documents.publish(signed(1)).version()).isEqualTo(1);
        assertThat(documents.all(Optional.of(NODE))).hasSize(1);
    }
}
