package dev.mvm.coordinator.keys;

import dev.mvm.model.KeyName;
import dev.mvm.model.TenantId;

/// Versions of keys that nodes say they have taken. A store that was put back does not know the last of them, and
/// a node takes no other key under any of them.
@FunctionalInterface
public interface TakenVersions {
    /// Returns the newest version of a key that a node has reported; 0 if no node has reported one.
    int newest(TenantId tenant, KeyName key);
}
