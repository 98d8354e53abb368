package dev.mvm.coordinator.service;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
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

/// The trust roots after the pinned one, as the store has them: all coordinators on one store believe the same.
public final class TrustRoots {
    private static final Logger LOG = LoggerFactory.getLogger(TrustRoots.class);

    private final FleetStore records;
    private final Roots roots;

    public TrustRoots(FleetStore records, Roots roots) {
        this.records = records;
        this.roots = roots;
    }

    /// Takes what the store has and this coordinator has not seen.
    public void refresh() throws StoreException {
        for (var entry : records.store().range(FleetStore.ROOTS).entries()) {
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
                        "trust root {} does not let this coordinator's key sign states: give it another",
                        roots.version());
            }
        } catch (DocumentRefusedException e) {
            throw new StoreException(
                    StoreException.Kind.UNAVAILABLE, "the entry " + entry.key() + " is damaged: " + e.getMessage());
        }
    }

    /// Takes the next root from an operator.
    ListRootsResponse publish(ByteString envelope) throws ProblemException, StoreException {
        refresh();
        try {
            var next = roots.next(envelope);
            var key = FleetStore.rootKey(next.version());
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

    ListRootsResponse list() {
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

    /// The envelopes of the roots after `version`, oldest first.
    List<ByteString> after(int version) {
        return roots.all().stream()
                .filter(root -> root.version() > version)
                .map(Roots.Root::envelope)
                .toList();
    }
}
