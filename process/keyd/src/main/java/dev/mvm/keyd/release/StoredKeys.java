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

/// The store on disk.
record StoredKeys(KeyStore store) implements TenantKeys {
    @Override
    public List<ListedKey> list() {
        return store.list();
    }

    @Override
    @MustBeClosed
    public SecretMemory lend(KeyPlace place, NodeId home) throws StoreException {
        return store.lend(place, home);
    }

    @Override
    public void observe(List<TenantKeyVersion> seen) throws StoreException {
        store.observe(seen);
    }

    @Override
    public void apply(GrantKeys grant) throws StoreException {
        store.apply(grant);
    }

    @Override
    public void tombstone(TenantId tenant) throws StoreException {
        store.tombstone(tenant);
    }

    @Override
    public int rotate(TenantId tenant, KeyName id) throws StoreException {
        return store.rotate(tenant, id);
    }

    @Override
    public void rewrap() throws StoreException {
        store.rewrap();
    }

    @Override
    public StoreStatus status() {
        return store.status();
    }
}
