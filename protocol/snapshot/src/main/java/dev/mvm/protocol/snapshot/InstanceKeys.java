package dev.mvm.protocol.snapshot;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.KeyName;

/// Keys of one instance, which hostd derives from a tenant's key of purpose `snapshot`; docs/protocol/sealer.md.
/// Neither that key nor the keys of another instance follow from them.
///
/// @param id name of the tenant's key
/// @param version of the tenant's key
/// @param keys [#SIZE] bytes, their owner's to close: the key that wraps the snapshot's own, then that of the
///     working set
public record InstanceKeys(KeyName id, int version, SecretMemory keys) {
    /// Bytes of both keys.
    public static final int SIZE = 2 * Cobblestone.KEY;

    /// Returns a copy of the key that wraps the snapshot's own.
    @MustBeClosed
    SecretMemory wrapping() throws ErrnoException {
        return copy(0);
    }

    /// Returns a copy of the key of the working set.
    @MustBeClosed
    SecretMemory workingSet() throws ErrnoException {
        return copy(Cobblestone.KEY);
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    private SecretMemory copy(int from) throws ErrnoException {
        var copy = SecretMemory.allocate(Cobblestone.KEY);
        copy.bytes().copyFrom(keys.bytes().asSlice(from, Cobblestone.KEY));
        return copy;
    }

    @Override
    public String toString() {
        return id + " version " + version;
    }
}
