package dev.mvm.coordinator.trust;

import dev.mvm.model.Digest;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The limits that operators have set for a tenant.
///
/// @param digest of the signed document
/// @param version larger than that of every earlier grant of this tenant
/// @param notBefore first moment of its validity
/// @param expires moment from which nothing new may start under it
/// @param keys the tenant's keys that nodes may have
/// @param mode the least confining mode of a node that may have the tenant
public record SignedGrant(
        Digest digest,
        TenantId tenant,
        int version,
        TenantNet network,
        Instant notBefore,
        Instant expires,
        Quotas quotas,
        List<Pool> pools,
        List<dev.mvm.protocol.trust.Grant.Key> keys,
        NodeMode mode) {
    /// The limits of a pool.
    ///
    /// @param revisions digests of the revisions that its instances may boot, at least one
    /// @param ceiling largest size of one instance
    /// @param min least number of instances
    /// @param max largest number of instances
    /// @param rates the most that one instance may transfer
    public record Pool(
            PoolId pool,
            List<Digest> revisions,
            Resources ceiling,
            int min,
            int max,
            Set<PoolFlag> flags,
            Rates rates) {
        public Pool {
            revisions = List.copyOf(revisions);
            flags = Set.copyOf(flags);
        }
    }

    public SignedGrant {
        pools = List.copyOf(pools);
        keys = List.copyOf(keys);
    }

    public Optional<Pool> pool(PoolId id) {
        return pools.stream().filter(pool -> pool.pool().equals(id)).findFirst();
    }

    public boolean validAt(Instant moment) {
        return !moment.isBefore(notBefore) && moment.isBefore(expires);
    }
}
