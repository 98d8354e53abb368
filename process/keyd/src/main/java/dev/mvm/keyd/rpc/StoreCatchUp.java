package dev.mvm.keyd.rpc;

import dev.mvm.keyd.documents.Documents;
import dev.mvm.keyd.release.KeydReason;
import dev.mvm.keyd.release.TenantKeys;
import dev.mvm.keyd.store.GrantKeys;
import dev.mvm.keyd.store.StoreException;
import dev.mvm.model.TenantId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Tells the store what the operators' documents say of tenants' keys. Thread-safe.
final class StoreCatchUp {
    private final Documents documents;
    private final TenantKeys keys;
    private final Consumer<String> journal;
    private final Map<TenantId, String> behind = new ConcurrentHashMap<>();

    StoreCatchUp(Documents documents, TenantKeys keys, Consumer<String> journal) {
        this.documents = documents;
        this.keys = keys;
        this.journal = journal;
    }

    /// Brings the store up to all documents, at the start for instance. A store that is held waits for documents that
    /// come: those on the disk are as old as itself.
    void all() {
        if (keys.stopped().equals(KeydReason.HELD.code())) {
            return;
        }
        documents.tombstones().forEach(each -> behind.put(each.value().tenant(), ""));
        documents.grants().forEach(each -> behind.put(each.value().grant().tenant(), ""));
        try {
            apply();
        } catch (StoreException e) {
            journal.accept("the store is behind the documents: " + e.getMessage());
        }
    }

    /// Does what the store could not do when its turn was.
    void left() {
        try {
            apply();
        } catch (StoreException e) {
            journal.accept("the store is behind the documents: " + e.getMessage());
        }
    }

    /// Brings the store up to the document of a tenant that has come, and does what is left.
    ///
    /// @throws StoreException of the last one that failed; it is tried again
    void with(Optional<TenantId> tenant) throws StoreException {
        tenant.ifPresent(each -> behind.put(each, ""));
        apply();
    }

    /// Brings the store up to the documents of the tenants whose turn it is. What fails stays its turn.
    ///
    /// @throws StoreException of the last one that failed
    private synchronized void apply() throws StoreException {
        StoreException last = null;
        for (var tenant : List.copyOf(behind.keySet())) {
            try {
                if (documents.ended(tenant)) {
                    keys.tombstone(tenant);
                } else {
                    var grant = documents.grant(tenant);
                    if (grant.isPresent()) {
                        keys.apply(GrantKeys.of(grant.get().value().grant()));
                    }
                }
                behind.remove(tenant);
            } catch (StoreException e) {
                last = e;
            }
        }
        if (last != null) {
            throw last;
        }
    }

    /// Says in words that the store has not been told something yet; empty if it has.
    String pending() {
        return behind.isEmpty() ? "" : behind.size() + " tenants' documents are not applied to the store yet";
    }
}
