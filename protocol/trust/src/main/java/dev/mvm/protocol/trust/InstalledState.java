package dev.mvm.protocol.trust;

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

    /// Whether `tenant` may only keep, stop, sleep and destroy at the moment `now`, because the state or its grant
    /// has expired, or because the state does not name it at all.
    public boolean frozen(TenantId tenant, Instant now) {
        var grant = grants.get(tenant);
        return grant == null
                || !now.isBefore(state.value().expires())
                || !now.isBefore(grant.value().expires());
    }
}
