package dev.mvm.protocol.snapshot;

import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.KeyName;

/// A tenant's key of purpose `snapshot`, which wraps snapshots' own keys. It stays its owner's to close.
///
/// @param key 32 bytes
public record TenantKey(KeyName id, int version, SecretMemory key) {
    @Override
    public String toString() {
        return id + " version " + version;
    }
}
