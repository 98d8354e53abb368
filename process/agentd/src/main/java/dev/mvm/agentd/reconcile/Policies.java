package dev.mvm.agentd.reconcile;

import dev.mvm.agentd.idle.IdleSettings;
import dev.mvm.agentd.idle.IdleTracker;
import dev.mvm.agentd.plan.Policy;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.InstalledState;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Sources of the [Policy] that the planner follows beside the signed state.
///
/// @param prune treatment of instances that the state does not name
public record Policies(ManualHolds holds, IdleTracker idle, IdleSettings settings, Policy.Prune prune) {
    Policy at(Instant now, Observation observation, InstalledState installed) {
        var held = holds.held(now);
        var pools = installed.state().value().tenants().stream()
                .flatMap(tenant -> tenant.pools().stream().map(pool -> new PoolAddress(tenant.tenant(), pool.pool())))
                .collect(Collectors.toSet());
        return new Policy(held, idle.at(now, observation, installed, held), prune, settings.coldBoot(pools));
    }

    /// The moment at which the policy may be another one, if nothing happens before.
    Optional<Instant> next() {
        return Stream.of(holds.next(), idle.next()).flatMap(Optional::stream).min(Instant::compareTo);
    }
}
