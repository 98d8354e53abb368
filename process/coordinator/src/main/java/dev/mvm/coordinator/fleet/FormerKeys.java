package dev.mvm.coordinator.fleet;

import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.KeyRange;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.store.Txn;
import java.util.List;
import java.util.stream.Stream;

/// Tenants' keys that a coordinator of before the key service has left in its store: wrapped by a master key, and
/// encrypted to nodes. Nothing reads them; they only have to go.
public final class FormerKeys {
    private static final KeyRange WRAPPED = KeyRange.under("/keys/");
    private static final KeyRange ENCRYPTED = KeyRange.under("/sealed/");

    /// Public keys of nodes that had no document.
    private static final KeyRange OF_NODES = KeyRange.under("/node-keys/");

    private FormerKeys() {}

    /// Returns the names of the tenants' keys in a store, `TENANT/KEY`, sorted.
    public static List<String> in(Store store) throws StoreException {
        var wrapped = store.range(WRAPPED).entries().stream().map(entry -> afterSlash(entry, 2));
        var encrypted = store.range(ENCRYPTED).entries().stream().map(entry -> afterSlash(entry, 3));
        return Stream.concat(wrapped, encrypted).distinct().sorted().toList();
    }

    /// Returns what follows the `count`-th slash: `/keys/TENANT/KEY`, `/sealed/NODE/TENANT/KEY`.
    private static String afterSlash(Entry entry, int count) {
        return entry.key().path().split("/", count + 1)[count];
    }

    /// Removes them from a store, and the whole history of the store with them. What was written there is overwritten
    /// when the store has been compacted, not before.
    public static void remove(Store store) throws StoreException {
        var _ = store.txn(Txn.of(new Op.Delete(WRAPPED), new Op.Delete(ENCRYPTED), new Op.Delete(OF_NODES)));
        try {
            store.compact(store.revision());
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.COMPACTED) { // which an earlier attempt has done
                throw e;
            }
        }
    }
}
