package dev.mvm.coordinator.states;

import static java.util.stream.Collectors.joining;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.coordinator.trust.RootLoss;
import dev.mvm.coordinator.trust.Roots;
import dev.mvm.protocol.control.v1.ListRootsResponse;
import dev.mvm.protocol.control.v1.TrustRoot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The trust roots after the pinned one, as the store has them: all coordinators on one store trust the same roots.
public final class TrustRoots {
    private static final Logger LOG = LoggerFactory.getLogger(TrustRoots.class);

    /// Tenants or nodes that an error names.
    private static final int MOST_NAMES = 5;

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
    /// @param meant what the fleet may lose by it
    /// @return all roots, the new one included
    /// @throws ProblemException `root_version` if another coordinator has published the same version,
    ///     `root_stops_fleet` if something would be lost that is not `meant`, or the reason why the
    ///     document was refused
    public ListRootsResponse publish(ByteString envelope, Set<RootLoss> meant) throws ProblemException, StoreException {
        refresh();
        try {
            var next = roots.next(envelope);
            requireMeant(next.version(), roots.losses(envelope, inForce()), meant);
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

    private static void requireMeant(int version, Map<RootLoss, List<String>> losses, Set<RootLoss> meant)
            throws ProblemException {
        if (meant.containsAll(losses.keySet())) {
            return;
        }
        var lines = losses.entrySet().stream()
                .map(each -> each.getKey().meaning() + named(each.getValue()))
                .collect(joining("; "));
        var words = losses.keySet().stream().map(RootLoss::word).collect(joining(","));
        throw new ProblemException(
                Fault.CONFLICT,
                "root_stops_fleet",
                "trust root " + version + " was not published, because under it " + lines
                        + "; if that is meant, publish it with even-if " + words);
    }

    private static String named(List<String> names) {
        if (names.isEmpty()) {
            return "";
        }
        var first = String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size())));
        return " " + first + (names.size() > MOST_NAMES ? " and " + (names.size() - MOST_NAMES) + " more" : "");
    }

    private Roots.InForce inForce() throws StoreException {
        var grants = new HashMap<String, ByteString>();
        for (var entry : records.store().range(FleetKeys.GRANTS).entries()) {
            grants.put(segment(entry, 2), entry.value());
        }
        var nodes = new HashMap<String, ByteString>();
        for (var entry : records.store().range(FleetKeys.NODE_DOCUMENTS).entries()) {
            nodes.put(segment(entry, 2), entry.value()); // each node's newest is its last
        }
        return new Roots.InForce(grants, nodes);
    }

    private static String segment(Entry entry, int place) {
        return entry.key().path().split("/", -1)[place];
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
