package dev.mvm.agentd.reconcile;

import dev.mvm.agentd.idle.IdleTracker;
import dev.mvm.agentd.idle.RestSettings;
import dev.mvm.agentd.plan.Policy;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.InstalledState;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Everything that decides beside the signed state, brought together for one moment.
///
/// @param prune what is done about instances that the state does not know
public record Policies(ManualHolds holds, IdleTracker rester, RestSettings rest, Policy.Prune prune) {
    Policy at(Instant now, Observation seen, InstalledState installed) {
        var held = holds.held(now);
        var pools = installed.state().value().tenants().stream()
                .flatMap(tenant -> tenant.pools().stream().map(pool -> new PoolAddress(tenant.tenant(), pool.pool())))
                .collect(Collectors.toSet());
        return new Policy(held, rester.at(now, seen, installed, held), prune, rest.coldBoot(pools));
    }

    /// When it may be another one, if nothing happens.
    Optional<Instant> next() {
        return Stream.of(holds.next(), rester.next()).flatMap(Optional::stream).min(Instant::compareTo);
    }
}
