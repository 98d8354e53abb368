package dev.mvm.coordinator.keyd;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.KeyRange;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.Roots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// A document in force that the key service has to have.
///
/// @param kind root, tombstone, grant, node or measurements
/// @param subject version of a root or of measurements, tenant, or node
record PublishedDocument(String kind, String subject, ByteString envelope) {
    /// Returns the documents in force, each after those that it needs: roots first, oldest first.
    ///
    /// @param root version that the service has; the roots after it are returned
    static List<PublishedDocument> all(FleetStore records, Roots roots, int root) throws StoreException {
        var out = new ArrayList<PublishedDocument>();
        for (var each : roots.all()) {
            if (each.version() > root) {
                out.add(new PublishedDocument("root", Integer.toString(each.version()), each.envelope()));
            }
        }
        for (var entry : entries(records, FleetKeys.TOMBSTONES)) {
            out.add(new PublishedDocument("tombstone", last(entry), entry.value()));
        }
        for (var entry : entries(records, FleetKeys.GRANTS)) {
            out.add(new PublishedDocument("grant", last(entry), entry.value()));
        }
        var nodes = new LinkedHashMap<String, PublishedDocument>();
        for (var entry : entries(records, FleetKeys.NODE_DOCUMENTS)) {
            var node = node(entry);
            nodes.put(node, new PublishedDocument("node", node, entry.value())); // each node's newest is its last
        }
        out.addAll(nodes.values());
        var measurements = entries(records, FleetKeys.MEASUREMENTS);
        if (!measurements.isEmpty()) {
            var newest = measurements.getLast();
            var version = Integer.toString(FleetKeys.versionIn(newest.key()));
            out.add(new PublishedDocument("measurements", version, newest.value()));
        }
        return out;
    }

    private static List<Entry> entries(FleetStore records, KeyRange range) throws StoreException {
        return records.store().range(range).entries();
    }

    private static String last(Entry entry) {
        var path = entry.key().path();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /// `/node-documents/NODE/VERSION`.
    private static String node(Entry entry) {
        var path = entry.key().path();
        var above = path.substring(0, path.lastIndexOf('/'));
        return above.substring(above.lastIndexOf('/') + 1);
    }

    /// Returns the name of the document, for people.
    String name() {
        return switch (kind) {
            case "grant" -> "the grant of " + subject;
            case "node" -> "the document of node " + subject;
            case "tombstone" -> "the tombstone of " + subject;
            case "root" -> "trust root " + subject;
            default -> kind + " " + subject;
        };
    }
}
