package dev.mvm.keyd.release;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.keyd.store.GrantKeys;
import dev.mvm.keyd.store.KeyStore;
import dev.mvm.keyd.store.ListedKey;
import dev.mvm.keyd.store.StoreException;
import dev.mvm.keyd.store.StoreStatus;
import dev.mvm.keyd.store.TenantKeyVersion;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import java.util.List;

/// The store as the rest of keyd uses it; [KeyStore] says what each does.
public interface TenantKeys {
    /// Keys that can be lent.
    List<ListedKey> list();

    /// Lends what a node has of a tenant's key, 32 bytes.
    @MustBeClosed
    SecretMemory lend(KeyPlace place, NodeId home) throws StoreException;

    /// Compares with what a node has.
    ///
    /// @throws StoreException `STORE_BEHIND` if the node has what the store does not know
    void observe(List<TenantKeyVersion> seen) throws StoreException;

    /// Applies a grant.
    void apply(GrantKeys grant) throws StoreException;

    /// Destroys a tenant's keys.
    void tombstone(TenantId tenant) throws StoreException;

    /// Makes a new version of a key.
    int rotate(TenantId tenant, KeyName id) throws StoreException;

    /// Wraps every key anew.
    void rewrap() throws StoreException;

    /// The state of the store.
    StoreStatus status();

    /// Returns the code of the reason for which nothing is lent; empty if keys are lent.
    default String stopped() {
        return status().reason();
    }

    /// The store on disk.
    static TenantKeys of(KeyStore store) {
        return new StoredKeys(store);
    }
}
