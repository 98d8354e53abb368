package dev.mvm.protocol.trust;

import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
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

/// Rights that operators give a tenant. A coordinator chooses within it and can do nothing else.
///
/// The numbers bound each node on its own; that their sum over all nodes is what was meant is seen in the log of the
/// states that the coordinator signed.
///
/// @param version larger than that of every earlier grant of this tenant; a newer grant replaces the older
/// @param notBefore first moment of its validity
/// @param expires moment from which nothing new may start under it; what runs goes on
/// @param pools at most [#MAX_POOLS], names unique
/// @param runtimes what may boot its revisions, 1 to [#MAX_RUNTIMES], each once
/// @param keys what keys a state may carry, at most [#MAX_KEYS], ids unique
/// @param mode the least confining mode of a node that may have the tenant
public record Grant(
        TenantId tenant,
        int version,
        TenantNet network,
        Instant notBefore,
        Instant expires,
        Quotas quotas,
        List<Pool> pools,
        List<GuestRuntime> runtimes,
        List<Key> keys,
        NodeMode mode) {
    public static final int MAX_POOLS = 256;
    public static final int MAX_KEYS = 16;
    public static final int MAX_REVISIONS = 64;
    public static final int MAX_RUNTIMES = 16;

    /// Rights of a pool.
    ///
    /// @param revisions digests of what its instances may boot, 1 to [#MAX_REVISIONS]
    /// @param ceiling the largest that one instance may be
    /// @param count how many instances there may be on a node
    /// @param flags what else is allowed
    /// @param rates the most that one instance may transfer
    public record Pool(
            PoolId pool, List<Digest> revisions, Resources ceiling, Range count, Set<PoolFlag> flags, Rates rates) {
        public Pool {
            revisions = List.copyOf(revisions);
            flags = Set.copyOf(flags);
            if (revisions.isEmpty() || revisions.size() > MAX_REVISIONS) {
                throw new IllegalArgumentException(
                        "pool " + pool + " has " + revisions.size() + " revisions: want 1 to " + MAX_REVISIONS);
            }
        }
    }

    /// From `min` to `max`, both included.
    public record Range(int min, int max) {
        private static final int MOST = 300;

        public Range {
            if (min < 0 || max < min || max > MOST) {
                throw new IllegalArgumentException(
                        "count from " + min + " to " + max + ": want 0 <= min <= max <= " + MOST);
            }
        }

        public boolean contains(int count) {
            return count >= min && count <= max;
        }
    }

    /// A key that the tenant may have.
    ///
    /// @param minVersion older ones are revoked
    public record Key(KeyName id, KeyPurpose purpose, int minVersion) {}

    public Grant {
        pools = List.copyOf(pools);
        runtimes = List.copyOf(runtimes);
        keys = List.copyOf(keys);
        if (version < 1) {
            throw new IllegalArgumentException("grant version " + version + ": want 1 or more");
        }
        if (!notBefore.isBefore(expires)) {
            throw new IllegalArgumentException("the grant expires before it begins");
        }
        JsonShapes.eachOnce(pools, Pool::pool, MAX_POOLS, "pools");
        JsonShapes.eachOnce(runtimes, each -> each, MAX_RUNTIMES, "runtimes");
        JsonShapes.eachOnce(keys, Key::id, MAX_KEYS, "keys");
    }

    public Optional<Pool> pool(PoolId id) {
        return pools.stream().filter(pool -> pool.pool().equals(id)).findFirst();
    }
}
