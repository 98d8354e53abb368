package dev.mvm.coordinator.fleet;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.KeyRange;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.coordinator.trust.NodeReader;
import dev.mvm.coordinator.trust.SignedNode;
import dev.mvm.crypto.verify.KeyId;
import dev.mvm.model.NodeId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The node documents that operators have signed. Neither a node's own claim nor a call without a signed document
/// names a node's key.
public final class NodeDocuments {
    private static final Logger LOG = LoggerFactory.getLogger(NodeDocuments.class);

    private final FleetStore records;
    private final NodeReader reader;
    private final InstantSource clock;

    /// @param reader verifies each document before it counts
    public NodeDocuments(FleetStore records, NodeReader reader, InstantSource clock) {
        this.records = records;
        this.reader = reader;
        this.clock = clock;
    }

    /// A document as it was published.
    ///
    /// @param document empty if the trust root in force does not vouch for it
    public record Published(ByteString envelope, Optional<SignedNode> document) {}

    /// Puts a node document in force, in place of the node's earlier ones.
    ///
    /// @throws ProblemException `expired`, `node_superseded`, or the reason why the document was refused
    public SignedNode publish(ByteString envelope) throws StoreException, ProblemException {
        var next = verified(envelope);
        if (!clock.instant().isBefore(next.expires())) {
            throw new ProblemException(Fault.CONFLICT, "expired", "the node document expired at " + next.expires());
        }
        return Retries.untilDone(() -> {
            var newest = newest(next.node());
            var before = Optional.<Entry>empty();
            if (newest.isPresent()) {
                if (read(newest.get()).filter(next::equals).isEmpty()) {
                    requireNewer(next, FleetKeys.versionIn(newest.get().key()));
                } else if (newest.get().value().size() >= envelope.size()) {
                    return Optional.of(next);
                } else {
                    before = newest; // the same document, with signatures that it may need under the next root
                }
            }
            var at = FleetKeys.nodeDocument(next.node(), next.version());
            boolean held = records.commit(Map.of(at, before), List.of(Op.put(at, envelope)));
            if (held) {
                LOG.info("node {} has document {}: {}", next.node(), next.version(), name(next));
            }
            return held ? Optional.of(next) : Optional.empty();
        });
    }

    private SignedNode verified(ByteString envelope) throws ProblemException {
        try {
            return reader.node(envelope);
        } catch (DocumentRefusedException e) {
            throw new ProblemException(Fault.CONFLICT, e.reason(), "the node document is refused: " + e.getMessage());
        }
    }

    private static void requireNewer(SignedNode next, int newest) throws ProblemException {
        if (next.version() <= newest) {
            throw new ProblemException(
                    Fault.CONFLICT,
                    "node_superseded",
                    "version " + newest + " of node " + next.node() + " was published; this is version "
                            + next.version());
        }
    }

    private static String name(SignedNode document) {
        return document.identity().map(KeyId::value).orElse("no key");
    }

    private Optional<Entry> newest(NodeId node) throws StoreException {
        var all = records.store().range(FleetKeys.documentsOf(node)).entries();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    private Optional<SignedNode> read(Entry entry) {
        try {
            return Optional.of(reader.node(entry.value()));
        } catch (DocumentRefusedException e) {
            LOG.error("the node document {} is refused: {}: {}", entry.key(), e.reason(), e.getMessage());
            return Optional.empty();
        }
    }

    /// Returns the node's newest document; empty if the node has no document, or the trust root in force does not
    /// vouch for it.
    public Optional<SignedNode> document(NodeId node) throws StoreException {
        return newest(node).flatMap(this::read);
    }

    /// Returns all documents, of one node or of all, each node's oldest first.
    public List<Published> all(Optional<NodeId> node) throws StoreException {
        KeyRange range = node.isPresent() ? FleetKeys.documentsOf(node.get()) : FleetKeys.NODE_DOCUMENTS;
        var out = new ArrayList<Published>();
        for (var entry : records.store().range(range).entries()) {
            out.add(new Published(entry.value(), read(entry)));
        }
        return out;
    }
}
