package dev.mvm.coordinator.keyd;

import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.model.TenantId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;

/// The keys that a node needs for its state.
///
/// @param byTenant by tenant a text for each key, which is another one when the key was rotated or the tenant's grant
///     replaced
record WantedKeys(Map<TenantId, Set<String>> byTenant) {
    static final WantedKeys NONE = new WantedKeys(Map.of());

    WantedKeys {
        byTenant = Map.copyOf(byTenant);
    }

    /// Returns the keys of the tenants that a state lets run on its node.
    ///
    /// @param rotations how often a tenant's keys were rotated
    static WantedKeys of(FleetState fleet, StateContent content, ToIntFunction<TenantId> rotations) {
        var out = new HashMap<TenantId, Set<String>>();
        for (var tenant : content.tenants()) {
            boolean here =
                    tenant.pools().stream().anyMatch(pool -> pool.counts().total() > 0);
            var grant = fleet.member(tenant.tenant()).flatMap(FleetState.Member::grant);
            if (here && grant.isPresent() && !grant.get().keys().isEmpty()) {
                var keys = new HashSet<String>();
                for (var key : grant.get().keys()) {
                    keys.add(key.id() + " " + grant.get().digest() + " " + rotations.applyAsInt(tenant.tenant()));
                }
                out.put(tenant.tenant(), Set.copyOf(keys));
            }
        }
        return new WantedKeys(out);
    }

    /// Returns the same without some tenants.
    WantedKeys without(Set<TenantId> tenants) {
        var out = new HashMap<>(byTenant);
        out.keySet().removeAll(tenants);
        return new WantedKeys(out);
    }

    boolean containsAll(WantedKeys others) {
        return others.byTenant.entrySet().stream()
                .allMatch(
                        other -> byTenant.getOrDefault(other.getKey(), Set.of()).containsAll(other.getValue()));
    }
}
