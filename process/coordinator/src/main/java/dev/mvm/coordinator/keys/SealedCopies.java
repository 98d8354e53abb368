package dev.mvm.coordinator.keys;

import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.fleet.SealedCopy;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Key;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.store.Txn;
import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The copies of tenants' keys that are encrypted to nodes, as the store has them. There is one for each key in a
/// node's state.
final class SealedCopies {
    private final FleetStore records;

    SealedCopies(FleetStore records) {
        this.records = records;
    }

    /// Returns the copy in an entry, if there is an entry.
    static Optional<SealedCopy> in(Optional<Entry> entry) throws StoreException {
        return entry.isPresent() ? Optional.of(FleetStore.sealedCopy(entry.get())) : Optional.empty();
    }

    /// Deletes a node's copies except those under the keys in `kept`.
    void retain(NodeId node, Set<Key> kept) throws StoreException {
        var gone = records.store().range(FleetKeys.sealedFor(node)).entries().stream()
                .map(Entry::key)
                .filter(key -> !kept.contains(key))
                .<Op>map(Op::delete)
                .toList();
        if (!gone.isEmpty()) {
            var _ = records.store().txn(Txn.of(gone.toArray(Op[]::new)));
        }
    }

    /// Returns, by version of a key, the nodes whose states carry that version.
    Map<Integer, List<String>> holders(TenantId tenant, KeyName id) throws StoreException {
        return holders().getOrDefault(tenant + "/" + id, Map.of());
    }

    /// Returns the same for all keys, by `TENANT/KEY`.
    Map<String, Map<Integer, List<String>>> holders() throws StoreException {
        var out = new HashMap<String, Map<Integer, List<String>>>();
        for (var entry : records.store().range(FleetKeys.SEALED).entries()) {
            var parts = entry.key().path().split("/", 4); // "", "sealed", the node, and the key's name
            int version = FleetStore.sealedCopy(entry).key().version();
            out.computeIfAbsent(parts[3], _ -> new HashMap<>())
                    .computeIfAbsent(version, _ -> new ArrayList<>())
                    .add(parts[2]);
        }
        return out;
    }
}
