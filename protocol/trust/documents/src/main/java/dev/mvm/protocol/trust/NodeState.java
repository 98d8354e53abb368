package dev.mvm.protocol.trust;

import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.PoolAddress;
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

/// Desired state of one node. It says nothing about single instances: which ones make up a count is the node's
/// choice.
///
/// @param sequence 1 for a node's first state, then larger each time
/// @param previous digest of the state before, so that a hidden state leaves a gap; empty for the first
/// @param expires moment from which the node freezes: it keeps, stops, sleeps and destroys, and starts nothing
/// @param grants digests of the grants relied on
public record NodeState(
        NodeId node,
        long sequence,
        Optional<Digest> previous,
        Instant issuedAt,
        Instant expires,
        List<Digest> grants,
        List<Tenant> tenants) {
    public static final int MAX_TENANTS = 4096;

    /// One tenant on this node.
    ///
    /// @param keys at most [Grant#MAX_KEYS], each named once
    public record Tenant(TenantId tenant, TenantNet network, Quotas quotas, List<Pool> pools, List<TenantKey> keys) {
        public Tenant {
            pools = List.copyOf(pools);
            keys = List.copyOf(keys);
            JsonShapes.eachOnce(pools, Pool::pool, Grant.MAX_POOLS, "pools");
            JsonShapes.eachOnce(keys, TenantKey::id, Grant.MAX_KEYS, "keys");
        }

        public Optional<Pool> pool(PoolId id) {
            return pools.stream().filter(pool -> pool.pool().equals(id)).findFirst();
        }
    }

    /// One pool on this node.
    ///
    /// @param revision digest of what its instances boot
    /// @param rates the most that each of its instances may transfer
    public record Pool(
            PoolId pool, Digest revision, Resources resources, Counts counts, Set<PoolFlag> flags, Rates rates) {
        public Pool {
            flags = Set.copyOf(flags);
        }
    }

    public NodeState {
        grants = List.copyOf(grants);
        tenants = List.copyOf(tenants);
        if (sequence < 1) {
            throw new IllegalArgumentException("sequence " + sequence + ": want 1 or more");
        }
        if (!issuedAt.isBefore(expires)) {
            throw new IllegalArgumentException("the state expires before it is issued");
        }
        JsonShapes.eachOnce(tenants, Tenant::tenant, MAX_TENANTS, "tenants");
    }

    public Optional<Tenant> tenant(TenantId id) {
        return tenants.stream().filter(tenant -> tenant.tenant().equals(id)).findFirst();
    }

    public Optional<Pool> pool(PoolAddress address) {
        return tenant(address.tenant()).flatMap(tenant -> tenant.pool(address.pool()));
    }
}
