package dev.mvm.coordinator.trust;

import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.trust.TenantKey;
import java.util.List;
import java.util.Set;

/// The content of a node state, without its dates and numbers.
///
/// @param grants digests of the grants relied on, in the order of the tenants
/// @param tenants sorted by name
/// @param mode of the node
public record StateContent(List<Digest> grants, List<Tenant> tenants, NodeMode mode) {
    /// One tenant on this node.
    ///
    /// @param keys the tenant's keys in force, by name
    public record Tenant(TenantId tenant, TenantNet network, Quotas quotas, List<Pool> pools, List<TenantKey> keys) {
        /// A tenant without keys.
        public Tenant(TenantId tenant, TenantNet network, Quotas quotas, List<Pool> pools) {
            this(tenant, network, quotas, pools, List.of());
        }

        public Tenant {
            pools = List.copyOf(pools);
            keys = List.copyOf(keys);
        }

        /// This tenant with keys.
        public Tenant with(List<TenantKey> named) {
            return new Tenant(tenant, network, quotas, pools, named);
        }
    }

    /// One pool on this node.
    ///
    /// @param revision digest of what its instances boot
    /// @param rates the most that one instance may transfer
    public record Pool(
            PoolId pool, Digest revision, Resources resources, Counts counts, Set<PoolFlag> flags, Rates rates) {
        public Pool {
            flags = Set.copyOf(flags);
        }
    }

    public StateContent {
        grants = List.copyOf(grants);
        tenants = List.copyOf(tenants);
    }
}
