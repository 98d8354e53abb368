package dev.mvm.protocol.trust;

import static java.util.Comparator.comparing;

import dev.mvm.model.KeyPurpose;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.TenantId;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// A node state that was believed, with the grants it lies within. Only a [Verifier] can make one.
public final class InstalledState {
    private final Verified<NodeState> state;
    private final Map<TenantId, Verified<Grant>> grants;

    InstalledState(Verified<NodeState> state, Map<TenantId, Verified<Grant>> grants) {
        this.state = state;
        this.grants = Map.copyOf(grants);
    }

    public Verified<NodeState> state() {
        return state;
    }

    /// The grant of each tenant in the state.
    public Map<TenantId, Verified<Grant>> grants() {
        return grants;
    }

    public Optional<NodeState.Tenant> tenant(TenantId id) {
        return state.value().tenant(id);
    }

    public Optional<NodeState.Pool> pool(PoolAddress address) {
        return state.value().pool(address);
    }

    /// The key for what a pool has of `purpose`: of its tenant's the one with the pool's name, else the first by
    /// name.
    public Optional<TenantKey> key(PoolAddress pool, KeyPurpose purpose) {
        return tenant(pool.tenant()).stream()
                .flatMap(tenant -> tenant.keys().stream())
                .filter(key -> key.purpose() == purpose)
                .min(comparing((TenantKey key) ->
                                !key.id().value().equals(pool.pool().value()))
                        .thenComparing(key -> key.id().value()));
    }

    /// Returns whether `tenant` may only keep, stop, sleep and destroy at the moment `now`, because the state or
    /// its grant has expired, or because the state does not name it at all.
    public boolean frozen(TenantId tenant, Instant now) {
        var grant = grants.get(tenant);
        return grant == null
                || !now.isBefore(state.value().expires())
                || !now.isBefore(grant.value().expires());
    }
}
