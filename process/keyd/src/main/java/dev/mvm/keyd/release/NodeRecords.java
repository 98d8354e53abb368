package dev.mvm.keyd.release;

import dev.mvm.json.JsonException;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The records of all nodes, each in a file of its own. Not thread-safe.
final class NodeRecords {
    private static final String PREFIX = "node-";

    private final StateFiles files;
    private final Map<NodeId, NodeRecord> records = new TreeMap<>();

    NodeRecords(StateFiles files) throws IOException {
        this.files = files;
        for (var file : files.all().entrySet()) {
            if (file.getKey().startsWith(PREFIX)) {
                var record = parsed(file.getKey(), file.getValue());
                records.put(record.node(), record);
            }
        }
    }

    private static NodeRecord parsed(String name, byte[] content) throws IOException {
        try {
            return NodeRecord.parse(content);
        } catch (JsonException e) {
            throw new IOException(name + " is damaged: " + e.getMessage(), e);
        }
    }

    static Map<String, byte[]> newer(Map<String, byte[]> copy, Map<String, byte[]> here) throws IOException {
        var out = new TreeMap<String, byte[]>();
        for (var file : copy.entrySet()) {
            if (file.getKey().startsWith(PREFIX)) {
                var known = here.get(file.getKey());
                var there = parsed(file.getKey(), file.getValue());
                if (known == null || parsed(file.getKey(), known).period() < there.period()) {
                    out.put(file.getKey(), file.getValue());
                }
            }
        }
        return out;
    }

    NodeRecord of(NodeId node) {
        return records.getOrDefault(node, NodeRecord.of(node));
    }

    List<NodeRecord> all() {
        return List.copyOf(records.values());
    }

    /// Replaces a record; when this returns, it is on disk.
    void put(NodeRecord record) throws IOException {
        files.put(PREFIX + record.node() + ".json", record.json());
        records.put(record.node(), record);
    }

    /// Counts other nodes that have had the keys of `tenant` for longer than `node`, or have them while it has not.
    int nodesBefore(TenantId tenant, NodeId node, Instant now) {
        var own = Optional.ofNullable(of(node).releasedAt(now).get(tenant)).map(NodeRecord.Pair::since);
        int before = 0;
        for (var record : records.values()) {
            var pair = record.released().get(tenant);
            if (pair != null && now.isBefore(pair.until()) && !record.node().equals(node)) {
                before += isBefore(pair.since(), record.node().value(), own, node.value()) ? 1 : 0;
            }
        }
        return before;
    }

    /// Counts other tenants whose keys have been on a node for longer than those of `tenant`.
    static int tenantsBefore(Map<TenantId, NodeRecord.Pair> released, TenantId tenant) {
        var own = Optional.ofNullable(released.get(tenant)).map(NodeRecord.Pair::since);
        int before = 0;
        for (var entry : released.entrySet()) {
            if (!entry.getKey().equals(tenant)) {
                var since = entry.getValue().since();
                before += isBefore(since, entry.getKey().value(), own, tenant.value()) ? 1 : 0;
            }
        }
        return before;
    }

    private static boolean isBefore(Instant since, String name, Optional<Instant> own, String ownName) {
        return own.isEmpty() || since.isBefore(own.get()) || (since.equals(own.get()) && name.compareTo(ownName) < 0);
    }
}
