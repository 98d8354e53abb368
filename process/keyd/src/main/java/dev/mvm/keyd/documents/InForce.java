package dev.mvm.keyd.documents;

import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.Measurements;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.OperatorDocuments;
import dev.mvm.protocol.trust.authoring.Tombstone;
import dev.mvm.protocol.trust.store.RootChain;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/// The newest documents that the newest root vouches for. Not thread-safe.
final class InForce {
    /// Most tenants, and most nodes, that there may be.
    static final int MOST = 16_384;

    static final String GRANT = "grant-";
    static final String NODE = "node-";
    static final String TOMBSTONE = "tombstone-";
    static final String MEASUREMENTS = "measurements" + RootFiles.SUFFIX;

    private final OperatorDocuments reading;
    private final Consumer<String> complaint;

    final Map<TenantId, Verified<GrantDocument>> grants = new TreeMap<>();
    final Map<NodeId, Verified<NodeDocument>> nodes = new TreeMap<>();
    final Map<TenantId, Verified<Tombstone>> tombstones = new TreeMap<>();
    Optional<Verified<Measurements>> measurements = Optional.empty();

    InForce(OperatorDocuments reading, Consumer<String> complaint) {
        this.reading = reading;
        this.complaint = complaint;
    }

    /// Takes what the newest root vouches for, and complains of the rest.
    void load(Map<String, byte[]> all, RootChain roots) {
        grants.clear();
        nodes.clear();
        tombstones.clear();
        measurements = Optional.empty();
        for (var file : all.entrySet()) {
            try {
                loadOne(file.getKey(), file.getValue(), roots);
            } catch (RefusedException e) {
                complaint.accept("document " + file.getKey() + " is not in force: " + e.getMessage());
            }
        }
        grants.keySet().removeAll(tombstones.keySet());
    }

    private void loadOne(String name, byte[] envelope, RootChain roots) throws RefusedException {
        var root = roots.newest();
        if (name.startsWith(GRANT)) {
            var grant = reading.grant(root, envelope);
            grants.put(grant.value().grant().tenant(), grant);
        } else if (name.startsWith(NODE)) {
            var node = reading.node(root, envelope);
            nodes.put(node.value().node(), node);
        } else if (name.startsWith(TOMBSTONE)) {
            var tombstone = tombstone(envelope, roots);
            tombstones.put(tombstone.value().tenant(), tombstone);
        } else if (name.equals(MEASUREMENTS)) {
            measurements = Optional.of(reading.measurements(root, envelope));
        }
    }

    /// A tombstone stays what it is when the keys of role `grant` change: any root of the chain vouches for it, unless
    /// a key that signed it is compromised.
    private Verified<Tombstone> tombstone(byte[] envelope, RootChain roots) throws RefusedException {
        var first = roots.newest();
        try {
            return reading.tombstone(first, envelope);
        } catch (RefusedException refused) {
            var signers = Envelope.parse(envelope, Tombstone.TYPE).signatures();
            var compromised = first.value().compromised();
            for (var root : roots.roots().reversed()) {
                if (signers.stream().noneMatch(signer -> compromised.contains(signer.key()))) {
                    try {
                        return reading.tombstone(root, envelope);
                    } catch (RefusedException _) {
                        // an earlier root may vouch for it
                    }
                }
            }
            throw refused;
        }
    }

    /// Compares a document with the one that is there.
    ///
    /// @param older reason for which an older version is refused
    /// @return false for the very document that is there
    static boolean newer(
            Optional<? extends Verified<?>> known,
            Optional<Integer> knownVersion,
            Verified<?> fresh,
            int version,
            DocumentReason older,
            String what)
            throws RefusedException {
        if (known.isEmpty() || knownVersion.isEmpty()) {
            return true;
        }
        if (version < knownVersion.get()) {
            throw new RefusedException(older, what + ", version " + version + " after " + knownVersion.get());
        }
        boolean same = known.get().digest().equals(fresh.digest());
        if (version == knownVersion.get() && !same) {
            throw new RefusedException(
                    DocumentReason.EQUIVOCATION, what + ", version " + version + ", has two contents");
        }
        return !same;
    }

    /// Returns whether the document that is there has come once more, with all its signatures and further ones.
    static boolean signedFurther(Optional<? extends Verified<?>> known, Verified<?> fresh, DocumentType type)
            throws RefusedException {
        if (known.isEmpty()) {
            return false;
        }
        var before = Envelope.parse(known.get().envelope().array(), type).signatures();
        var now = Envelope.parse(fresh.envelope().array(), type).signatures();
        return now.size() > before.size() && now.containsAll(before);
    }

    /// Refuses one more than there may be.
    static <K> void room(Map<K, ?> documents, K name) throws RefusedException {
        if (documents.size() >= MOST && !documents.containsKey(name)) {
            throw new RefusedException(
                    DocumentReason.TOO_LARGE, "there are " + MOST + " documents of this kind already");
        }
    }
}
