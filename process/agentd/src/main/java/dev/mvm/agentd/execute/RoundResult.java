package dev.mvm.agentd.execute;

import dev.mvm.agentd.plan.Plan;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.PoolAddress;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What came of one pass over a node: by instance of those that something was planned for, and by pool.
///
/// @param lost whether hostd could not be reached at some point; then the rest was not tried
public record RoundResult(Map<InstanceAddress, Outcome> instances, Map<PoolAddress, Outcome> pools, boolean lost) {
    /// hostd could not even be asked what there is.
    public static final RoundResult UNREACHABLE = new RoundResult(Map.of(), Map.of(), true);

    public RoundResult {
        instances = Collections.unmodifiableMap(new TreeMap<>(instances));
        pools = Collections.unmodifiableMap(new TreeMap<>(pools));
    }

    /// @param known pools that the state names, which are converged unless something is said of them
    /// @param plan what was carried out, with what is wanted and could not be planned
    static RoundResult of(
            Iterable<PoolAddress> known, Plan plan, Map<InstanceAddress, Outcome> instances, boolean lost) {
        var pools = new TreeMap<PoolAddress, Outcome>();
        known.forEach(pool -> pools.put(pool, new Outcome.Converged()));
        instances.forEach((address, outcome) -> pools.merge(address.poolAddress(), outcome, Outcome::and));
        for (var shortfall : plan.shortfalls()) {
            var blocked = new Outcome.Blocked(shortfall.lack().code());
            pools.merge(shortfall.pool(), blocked, Outcome::and);
        }
        return new RoundResult(instances, pools, lost);
    }

    /// All of it in one.
    public Outcome outcome() {
        if (lost) {
            return new Outcome.Blocked("hostd_unreachable");
        }
        return pools.values().stream().reduce(new Outcome.Converged(), Outcome::and);
    }

    /// What stands in an instance's way, if anything does.
    public Optional<String> reason(InstanceAddress address) {
        return Optional.ofNullable(instances.get(address)).map(Outcome::why).filter(why -> !why.isEmpty());
    }

    /// Whether some step worked.
    public boolean moved() {
        return instances.values().stream().anyMatch(Outcome.Progressing.class::isInstance);
    }
}
