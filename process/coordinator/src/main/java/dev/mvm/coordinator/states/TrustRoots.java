package dev.mvm.coordinator.states;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.coordinator.trust.Roots;
import dev.mvm.protocol.control.v1.ListRootsResponse;
import dev.mvm.protocol.control.v1.TrustRoot;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The trust roots after the pinned one, as the store has them: all coordinators on one store trust the same roots.
public final class TrustRoots {
    private static final Logger LOG = LoggerFactory.getLogger(TrustRoots.class);

    private final FleetStore records;
    private final Roots roots;

    public TrustRoots(FleetStore records, Roots roots) {
        this.records = records;
        this.roots = roots;
    }

    /// Adopts the roots of the store that this coordinator does not have yet.
    public void refresh() throws StoreException {
        for (var entry : records.store().range(FleetKeys.ROOTS).entries()) {
            if (version(entry) > roots.version()) {
                adopt(entry);
            }
        }
    }

    private static int version(Entry entry) {
        var path = entry.key().path();
        return Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
    }

    private void adopt(Entry entry) throws StoreException {
        try {
            roots.adopt(entry.value());
            LOG.info("trust root {} is in force", roots.version());
            if (!roots.signs()) {
                LOG.error(
                        "trust root {} does not allow this coordinator's key to sign states: configure another key",
                        roots.version());
            }
        } catch (DocumentRefusedException e) {
            throw new StoreException(
                    StoreException.Kind.UNAVAILABLE, "the entry " + entry.key() + " is damaged: " + e.getMessage());
        }
    }

    /// Verifies the next root, adopts it and keeps it in the store.
    ///
    /// @return all roots, the new one included
    /// @throws ProblemException `root_version` if another coordinator has published the same version, or the reason
    ///     why the document was refused
    public ListRootsResponse publish(ByteString envelope) throws ProblemException, StoreException {
        refresh();
        try {
            var next = roots.next(envelope);
            var key = FleetKeys.rootKey(next.version());
            if (!records.commit(Map.of(key, Optional.empty()), List.of(Op.put(key, envelope)))) {
                throw new ProblemException(
                        Fault.CONFLICT, "root_version", "another root " + next.version() + " was published just now");
            }
        } catch (DocumentRefusedException e) {
            throw new ProblemException(Fault.CONFLICT, e.reason(), String.valueOf(e.getMessage()));
        }
        refresh();
        return list();
    }

    /// Returns all roots, oldest first.
    public ListRootsResponse list() {
        var out = ListRootsResponse.newBuilder().setSigns(roots.signs());
        for (var root : roots.all()) {
            out.addRoots(TrustRoot.newBuilder()
                    .setVersion(root.version())
                    .setDigest(root.digest().value())
                    .setIssuedAt(root.issuedAt().toString())
                    .setExpires(root.expires().toString())
                    .setEnvelope(root.envelope()));
        }
        return out.build();
    }

    int version() {
        return roots.version();
    }

    /// Returns the envelopes of the roots after `version`, oldest first.
    List<ByteString> after(int version) {
        return roots.all().stream()
                .filter(root -> root.version() > version)
                .map(Roots.Root::envelope)
                .toList();
    }
}
