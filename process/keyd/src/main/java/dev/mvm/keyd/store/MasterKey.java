package dev.mvm.keyd.store;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.linux.secret.SecretMemory;
import java.util.List;

/// A key that tenants' keys are wrapped under, in epochs: numbered keys, of which the newest is used. An epoch
/// that was destroyed takes with it what was wrapped under it and no later one, in every copy.
///
/// Guarantees: what was wrapped for a place opens for that place only. Tenants' keys and those of the master
/// are in [SecretMemory] and in the memory of the library or service that works with them, except that the
/// answer of a Transit server passes through the heap.
///
/// One thread at a time.
public interface MasterKey extends AutoCloseable {
    /// The word for its kind: `file`, `credential`, `pkcs11` or `transit`.
    String kind();

    /// Returns whether epochs are made and destroyed from here, and not by operators.
    boolean makesEpochs();

    /// Epochs that are there, ascending; empty if there are no keys yet.
    List<Integer> epochs() throws StoreException;

    /// Makes an epoch that outlives a crash from the moment that this returns; no-op if it is there.
    ///
    /// @param epoch larger than every one that is there, unless it is
    /// @return whether it is there now; `false` if this kind leaves it to operators to make one
    boolean begin(int epoch) throws StoreException;

    /// Destroys an epoch; no-op if it is not there.
    ///
    /// @return whether it is gone; `false` if this kind leaves it to operators to destroy one
    boolean end(int epoch) throws StoreException;

    /// Makes a tenant's key.
    ///
    /// @param epoch to wrap it under, one that is there
    /// @return it, wrapped: printable ASCII, at most 512 characters
    String make(int epoch, KeyPlace place) throws StoreException;

    /// Opens a tenant's key.
    ///
    /// @param wrapped what [#make] or [#rewrap] gave for this place
    @MustBeClosed
    SecretMemory open(KeyPlace place, String wrapped) throws StoreException;

    /// Returns the same key under another epoch.
    String rewrap(int epoch, KeyPlace place, String wrapped) throws StoreException;

    /// The epoch that a key is wrapped under; 0 if it was not wrapped by such a master key.
    int epoch(String wrapped);

    @Override
    void close();
}
