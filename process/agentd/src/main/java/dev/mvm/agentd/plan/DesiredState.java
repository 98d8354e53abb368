package dev.mvm.agentd.plan;

import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Desired state of a node at one moment, by the verified state.
///
/// @param tenants in any order
/// @param frozen tenants for which nothing may start
/// @param spared pools whose grant allows them to be pinned or critical; they are neither stopped nor pruned when the
///     state no longer names them
public record DesiredState(List<NodeState.Tenant> tenants, Set<TenantId> frozen, Set<PoolAddress> spared) {
    private static final Set<PoolFlag> SPARING = Set.of(PoolFlag.PINNED, PoolFlag.CRITICAL);

    public DesiredState {
        tenants = tenants.stream()
                .sorted(Comparator.comparing(NodeState.Tenant::tenant))
                .toList();
        frozen = Set.copyOf(frozen);
        spared = Set.copyOf(spared);
    }

    /// The desired state by `installed`.
    ///
    /// @param now the present as far as the clock may be believed
    public static DesiredState of(InstalledState installed, Instant now) {
        var tenants = installed.state().value().tenants();
        var frozen = tenants.stream()
                .map(NodeState.Tenant::tenant)
                .filter(tenant -> installed.frozen(tenant, now))
                .collect(Collectors.toSet());
        var spared = installed.grants().values().stream()
                .flatMap(grant -> grant.value().pools().stream()
                        .filter(pool -> pool.flags().stream().anyMatch(SPARING::contains))
                        .map(pool -> new PoolAddress(grant.value().tenant(), pool.pool())))
                .collect(Collectors.toSet());
        return new DesiredState(tenants, frozen, spared);
    }

    static List<NodeState.Pool> sorted(Collection<NodeState.Pool> pools) {
        return pools.stream().sorted(Comparator.comparing(NodeState.Pool::pool)).toList();
    }
}
