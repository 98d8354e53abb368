package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.NodeState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;

/// Desired and observed in, steps out. The same input gives the same plan, whatever order it comes in; a plan that
/// has been carried out leaves nothing to plan.
///
/// Instances and pools are in the same order, so that one pass over both is enough: [ObservedState] has looked at each
/// instance
/// once, and a pool that is as it should be costs a look at its counts.
public final class Planner {
    /// Everything that the decision depends on.
    ///
    /// @param fresh ids that nothing on this node has, without end
    public record Input(DesiredState wanted, ObservedState seen, Policy policy, Iterator<InstanceId> fresh) {}

    private final Input input;
    private final List<Observation.Instance> instances;
    private final List<Group> groups;
    private final Creation creation;
    private final List<HostOperation.SetupNetwork> networks = new ArrayList<>();
    private final List<List<Plan.Step>> waves = new ArrayList<>();
    private final List<Plan.Shortfall> shortfalls = new ArrayList<>();
    private int next;

    private Planner(Input input) {
        this.input = input;
        this.instances = input.seen().instances();
        this.groups = input.seen().groups();
        this.creation = new Creation(input.fresh(), instances.size());
    }

    public static Plan plan(Input input) {
        var planner = new Planner(input);
        for (var tenant : input.wanted().tenants()) {
            planner.strangers(planner.those(pool -> pool.tenant().compareTo(tenant.tenant()) < 0));
            planner.tenant(tenant);
        }
        planner.strangers(planner.those(pool -> true));
        return new Plan(
                planner.networks, planner.waves.stream().map(Plan.Wave::new).toList(), planner.shortfalls);
    }

    /// Everything that runs or is warm ends, whatever its pool wants: the machine is about to stop. What sleeps is on
    /// its disk already.
    public static Plan everythingDown(Observation observed) {
        var steps = observed.instances().stream()
                .filter(instance -> instance.state().holdsMemory())
                .map(instance -> new Plan.Step(
                        instance.address(), Chain.stopping(instance), StepReason.MACHINE_STOPS, false, true))
                .toList();
        return steps.isEmpty() ? Plan.NOTHING : new Plan(List.of(), List.of(new Plan.Wave(steps)), List.of());
    }

    /// The pools from the next one on of which `is` is true; goes on behind them.
    private List<Group> those(Predicate<PoolAddress> is) {
        int first = next;
        while (next < groups.size() && is.test(groups.get(next).pool())) {
            next++;
        }
        return groups.subList(first, next);
    }

    /// Instances of tenants that the state does not name.
    private void strangers(List<Group> strange) {
        var manual = input.policy().manual();
        for (var instance : toGo(strange, input.policy().prune().tenants())) {
            if (!manual.contains(instance.address().instance())) {
                var chain = Chain.destroy(instance, StepReason.UNKNOWN_TENANT);
                firstWave()
                        .add(new Plan.Step(
                                instance.address(), chain.operations().getFirst(), chain.why(), false, true));
            }
        }
    }

    /// The instances of `strange`, by address, if they are to go.
    private List<Observation.Instance> toGo(List<Group> strange, boolean prune) {
        return prune
                ? strange.stream()
                        .flatMap(group -> group.in(instances).stream())
                        .sorted(Comparator.comparing(Observation.Instance::address))
                        .toList()
                : List.of();
    }

    private List<Plan.Step> firstWave() {
        if (waves.isEmpty()) {
            waves.add(new ArrayList<>());
        }
        return waves.getFirst();
    }

    private void tenant(NodeState.Tenant tenant) {
        boolean frozen = input.wanted().frozen().contains(tenant.tenant());
        if (!frozen && !input.seen().networks().contains(tenant.network().net())) {
            networks.add(new HostOperation.SetupNetwork(tenant.network().net()));
        }
        boolean key = tenant.keys().stream().anyMatch(each -> each.purpose() == KeyPurpose.SNAPSHOT);
        var chains = new ArrayList<Chain>();
        int first = next;
        for (var pool : DesiredState.sorted(tenant.pools())) {
            var address = new PoolAddress(tenant.tenant(), pool.pool());
            strangersOf(tenant, chains, those(other -> other.compareTo(address) < 0));
            var group = those(address::equals).stream().findFirst().orElseGet(() -> Group.none(address));
            if (!pool.flags().contains(PoolFlag.CRITICAL) && !asWanted(pool, group)) {
                var result = new PoolChains(pool, address, group.in(instances), input.policy(), key, frozen).chains();
                chains.addAll(result.chains());
                if (result.frozen() > 0) {
                    shortfalls.add(new Plan.Shortfall(address, UnmetReason.FROZEN, result.frozen()));
                }
            }
        }
        strangersOf(tenant, chains, those(other -> other.tenant().equals(tenant.tenant())));
        if (!chains.isEmpty()) {
            shortfalls.addAll(Schedule.into(waves, tenant, of(groups.subList(first, next)), chains, creation));
        }
    }

    /// The instances of pools that follow one another.
    private List<Observation.Instance> of(List<Group> pools) {
        return pools.isEmpty()
                ? List.of()
                : instances.subList(pools.getFirst().begin(), pools.getLast().end());
    }

    /// Instances of pools of the tenant that the state does not name.
    private void strangersOf(NodeState.Tenant tenant, List<Chain> chains, List<Group> strange) {
        for (var instance : toGo(strange, input.policy().prune().pools())) {
            var pool = new PoolAddress(tenant.tenant(), instance.address().pool());
            if (!input.wanted().spared().contains(pool)
                    && !input.policy().manual().contains(instance.address().instance())) {
                chains.add(Chain.destroy(instance, StepReason.UNKNOWN_POOL));
            }
        }
    }

    /// Whether nothing is to be done about a pool, by counts alone. Says no when in doubt.
    private boolean asWanted(NodeState.Pool pool, Group group) {
        return group.running() == pool.counts().running()
                && group.warm() == pool.counts().warm()
                && (input.policy().namesNone()
                        || group.in(instances).stream()
                                .noneMatch(instance -> named(instance.address().instance())));
    }

    private boolean named(InstanceId id) {
        return input.policy().manual().contains(id) || input.policy().resting().containsKey(id);
    }
}
