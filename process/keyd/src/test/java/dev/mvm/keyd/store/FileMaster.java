package dev.mvm.keyd.store;

import java.nio.file.Path;

/// A master key in files, for tests of what is above the store.
public final class FileMaster {
    private FileMaster() {}

    public static MasterKey in(Path folder) throws StoreException {
        return new HeldMasterKey(new EpochFiles(folder), new KeyCipher());
    }
}
