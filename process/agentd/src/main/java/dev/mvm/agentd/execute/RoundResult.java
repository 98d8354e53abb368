package dev.mvm.agentd.execute;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.plan.Plan;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.PoolAddress;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Result of one round: the outcome of each instance that had a step in the plan, and of each pool.
///
/// @param lost whether hostd could not be reached at some point, so that the remaining steps were not tried
public record RoundResult(Map<InstanceAddress, Outcome> instances, Map<PoolAddress, Outcome> pools, boolean lost) {
    /// Result of a round without an observation of hostd.
    public static final RoundResult UNREACHABLE = new RoundResult(Map.of(), Map.of(), true);

    public RoundResult {
        instances = Collections.unmodifiableMap(new TreeMap<>(instances));
        pools = Collections.unmodifiableMap(new TreeMap<>(pools));
    }

    /// @param known pools that the state names; they have converged unless the plan has something for them
    /// @param plan the plan that was carried out, with its shortfalls
    static RoundResult of(
            Iterable<PoolAddress> known, Plan plan, Map<InstanceAddress, Outcome> instances, boolean lost) {
        var pools = new TreeMap<PoolAddress, Outcome>();
        known.forEach(pool -> pools.put(pool, new Outcome.Converged()));
        instances.forEach((address, outcome) -> pools.merge(address.poolAddress(), outcome, Outcome::and));
        for (var shortfall : plan.shortfalls()) {
            var blocked = new Outcome.Blocked(shortfall.reason().code());
            pools.merge(shortfall.pool(), blocked, Outcome::and);
        }
        return new RoundResult(instances, pools, lost);
    }

    /// Outcome of the whole node: the worst of all pools.
    public Outcome outcome() {
        if (lost) {
            return new Outcome.Blocked(Hostd.UNREACHABLE);
        }
        return pools.values().stream().reduce(new Outcome.Converged(), Outcome::and);
    }

    /// Stable code of the reason for which an instance's steps were not done; empty if all were.
    public Optional<String> reason(InstanceAddress address) {
        return Optional.ofNullable(instances.get(address)).map(Outcome::reason).filter(reason -> !reason.isEmpty());
    }

    /// Returns whether a step worked.
    public boolean moved() {
        return instances.values().stream().anyMatch(Outcome.Progressing.class::isInstance);
    }
}
