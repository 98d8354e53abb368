package dev.mvm.keyd.store;

import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import java.util.List;

/// A tenant's key, without the key.
///
/// @param versions those that can be lent, oldest first, at least one
public record ListedKey(TenantId tenant, KeyName id, KeyPurpose purpose, List<Version> versions) {
    /// One version.
    ///
    /// @param number 1 or more
    /// @param check its check value, docs/protocol/keys.md
    /// @param made in seconds since 1970
    public record Version(int number, Bytes check, long made) {}

    public ListedKey {
        versions = List.copyOf(versions);
    }

    /// The version that new things are put under: the newest.
    public int primary() {
        return versions.getLast().number();
    }
}
