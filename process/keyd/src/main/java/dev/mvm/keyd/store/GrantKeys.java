package dev.mvm.keyd.store;

import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.Grant;
import java.util.List;

/// The keys of a tenant, as a verified grant has them.
///
/// @param version the grant's
/// @param keys those that the tenant may have, at most [Grant#MAX_KEYS]; every other key of the tenant is destroyed,
///     and so is each version below a key's `minVersion`
public record GrantKeys(TenantId tenant, int version, List<Grant.Key> keys) {
    public GrantKeys {
        keys = List.copyOf(keys);
    }

    /// Returns what `grant` says.
    public static GrantKeys of(Grant grant) {
        return new GrantKeys(grant.tenant(), grant.version(), grant.keys());
    }
}
