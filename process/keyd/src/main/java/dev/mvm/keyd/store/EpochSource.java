package dev.mvm.keyd.store;

import dev.mvm.linux.secret.SecretMemory;
import java.util.List;

/// A place that the 32 bytes of each epoch of a master key come from.
interface EpochSource {
    /// As [MasterKey#kind].
    String kind();

    /// As [MasterKey#makesEpochs].
    boolean makesEpochs();

    /// As [MasterKey#epochs].
    List<Integer> epochs() throws StoreException;

    /// Reads an epoch's key.
    ///
    /// @throws StoreException `NO_MASTER_KEY` if it is not there
    void read(int epoch, SecretMemory into) throws StoreException;

    /// As [MasterKey#begin].
    ///
    /// @param key that of the epoch, if it is not there yet
    boolean begin(int epoch, SecretMemory key) throws StoreException;

    /// As [MasterKey#end].
    boolean end(int epoch) throws StoreException;
}
