package dev.mvm.coordinator.trust;

import dev.mvm.model.Digest;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Resources;
import dev.mvm.model.Revision;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What operators allow a tenant to be.
///
/// @param digest of the signed document
/// @param version larger than that of every earlier grant of this tenant
/// @param notBefore first moment of its validity
/// @param expires moment from which nothing new may start under it
/// @param keys what keys nodes may have for the tenant
public record SignedGrant(
        Digest digest,
        TenantId tenant,
        int version,
        TenantNet network,
        Instant notBefore,
        Instant expires,
        Quotas quotas,
        List<Pool> pools,
        List<dev.mvm.protocol.trust.Grant.Key> keys) {
    /// A grant without keys.
    public SignedGrant(
            Digest digest,
            TenantId tenant,
            int version,
            TenantNet network,
            Instant notBefore,
            Instant expires,
            Quotas quotas,
            List<Pool> pools) {
        this(digest, tenant, version, network, notBefore, expires, quotas, pools, List.of());
    }

    /// What a pool may be.
    ///
    /// @param revisions what its instances may boot, at least one
    /// @param ceiling the largest that one instance may be
    /// @param min least instances
    /// @param max most instances
    public record Pool(
            PoolId pool, List<Revision> revisions, Resources ceiling, int min, int max, Set<PoolFlag> flags) {
        public Pool {
            revisions = List.copyOf(revisions);
            flags = Set.copyOf(flags);
        }

        public Optional<Revision> revision(Digest digest) {
            return revisions.stream()
                    .filter(revision -> revision.digest().equals(digest))
                    .findFirst();
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
