package dev.mvm.keyd;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.keyd.store.KeyStore;
import dev.mvm.keyd.store.KeyStores;
import dev.mvm.keyd.store.MasterKey;
import dev.mvm.keyd.store.MasterKeys;
import dev.mvm.keyd.store.StoreClock;
import dev.mvm.keyd.store.StoreException;

/// The master key that the configuration names, and the store under it.
final class Masters {
    private Masters() {}

    @MustBeClosed
    static MasterKey open(KeydConfig config) throws StoreException {
        return MasterKeys.open(
                config.master(),
                new MasterKeys.Setting(
                        Parts.store(config), config.hardened(), config.allowFileMaster(), System.getenv()));
    }

    /// The store, with this master key, which is closed with it.
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the store closes it
    static KeyStore store(KeydConfig config) throws StoreException {
        return KeyStores.open(Parts.store(config), open(config), StoreClock.here());
    }
}
