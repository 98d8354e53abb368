package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceAddress;
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
import java.util.function.ToIntFunction;

/// Desired and observed in, steps out. The same input gives the same plan, whatever order it comes in; a plan that
/// has been carried out leaves nothing to plan.
///
/// Instances and pools are in the same order, so that one pass over both is enough. A pool that is as it should be
/// costs a look at each of its instances' states.
public final class Planner {
    /// Everything that the decision depends on.
    ///
    /// @param fresh ids that nothing on this node has, without end
    public record Input(Wanted wanted, Seen seen, Policy policy, Iterator<InstanceId> fresh) {}

    private final Input input;
    private final List<Observation.Instance> instances;
    private final Creation creation;
    private final List<HostOperation.SetupNetwork> networks = new ArrayList<>();
    private final List<List<Plan.Step>> waves = new ArrayList<>();
    private final List<Plan.Shortfall> shortfalls = new ArrayList<>();
    private int at;

    private Planner(Input input) {
        this.input = input;
        this.instances = input.seen().instances();
        this.creation = new Creation(input.fresh(), instances.size());
    }

    public static Plan plan(Input input) {
        var planner = new Planner(input);
        int all = planner.instances.size();
        for (var tenant : input.wanted().tenants()) {
            planner.strangers(planner.upTo(all, address -> address.tenant().compareTo(tenant.tenant())));
            int end = planner.upTo(all, address -> address.tenant().compareTo(tenant.tenant()) <= 0 ? -1 : 1);
            planner.tenant(tenant, planner.instances.subList(planner.at, end));
        }
        planner.strangers(all);
        return new Plan(
                planner.networks, planner.waves.stream().map(Plan.Wave::new).toList(), planner.shortfalls);
    }

    /// Everything that runs or is warm ends, whatever its pool wants: the machine is about to stop. What sleeps is on
    /// its disk already.
    public static Plan everythingDown(Observation observed) {
        var steps = observed.instances().stream()
                .filter(instance -> instance.state().holdsMemory())
                .map(instance ->
                        new Plan.Step(instance.address(), Chain.stopping(instance), Why.MACHINE_STOPS, false, true))
                .toList();
        return steps.isEmpty() ? Plan.NOTHING : new Plan(List.of(), List.of(new Plan.Wave(steps)), List.of());
    }

    /// The first place from `at` to `end` where `side` is not negative; it grows with the address.
    private int upTo(int end, ToIntFunction<InstanceAddress> side) {
        int low = at;
        int high = end;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (side.applyAsInt(instances.get(middle).address()) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// Instances from `at` to `end`, of tenants that the state does not name.
    private void strangers(int end) {
        var manual = input.policy().manual();
        for (var instance : strange(end, input.policy().prune().tenants())) {
            if (!manual.contains(instance.address().instance())) {
                var chain = Chain.destroy(instance, Why.UNKNOWN_TENANT);
                firstWave()
                        .add(new Plan.Step(
                                instance.address(), chain.operations().getFirst(), chain.why(), false, true));
            }
        }
    }

    /// Instances from `at` to `end`, by address, if they are to go; goes on behind them.
    private List<Observation.Instance> strange(int end, boolean prune) {
        var out = prune
                ? instances.subList(at, end).stream()
                        .sorted(Comparator.comparing(Observation.Instance::address))
                        .toList()
                : List.<Observation.Instance>of();
        at = end;
        return out;
    }

    private List<Plan.Step> firstWave() {
        if (waves.isEmpty()) {
            waves.add(new ArrayList<>());
        }
        return waves.getFirst();
    }

    /// @param its the tenant's instances
    private void tenant(NodeState.Tenant tenant, List<Observation.Instance> its) {
        boolean frozen = input.wanted().frozen().contains(tenant.tenant());
        if (!frozen && !input.seen().networks().contains(tenant.network().net())) {
            networks.add(new HostOperation.SetupNetwork(tenant.network().net()));
        }
        boolean key = tenant.keys().stream().anyMatch(each -> each.purpose() == KeyPurpose.SNAPSHOT);
        var chains = new ArrayList<Chain>();
        int end = at + its.size();
        for (var pool : Wanted.sorted(tenant.pools())) {
            strangersOf(tenant, chains, upTo(end, address -> address.pool().compareTo(pool.pool())));
            int begin = at;
            at = upTo(end, address -> address.pool().compareTo(pool.pool()) <= 0 ? -1 : 1);
            var members = instances.subList(begin, at);
            if (!pool.flags().contains(PoolFlag.CRITICAL) && !asWanted(pool, members)) {
                var address = new PoolAddress(tenant.tenant(), pool.pool());
                var result = new PoolChains(pool, address, members, input.policy(), key, frozen).chains();
                chains.addAll(result.chains());
                if (result.frozen() > 0) {
                    shortfalls.add(new Plan.Shortfall(address, Lack.FROZEN, result.frozen()));
                }
            }
        }
        strangersOf(tenant, chains, end);
        if (!chains.isEmpty()) {
            shortfalls.addAll(Schedule.into(waves, tenant, its, chains, creation));
        }
    }

    /// Instances from `at` to `end`, of pools of the tenant that the state does not name.
    private void strangersOf(NodeState.Tenant tenant, List<Chain> chains, int end) {
        for (var instance : strange(end, input.policy().prune().pools())) {
            var pool = new PoolAddress(tenant.tenant(), instance.address().pool());
            if (!input.wanted().spared().contains(pool)
                    && !input.policy().manual().contains(instance.address().instance())) {
                chains.add(Chain.destroy(instance, Why.UNKNOWN_POOL));
            }
        }
    }

    /// Whether nothing is to be done about a pool, by a look at states alone. Says no when in doubt.
    private boolean asWanted(NodeState.Pool pool, List<Observation.Instance> members) {
        int running = 0;
        int warm = 0;
        boolean plain = input.policy().namesNone();
        for (var instance : members) {
            switch (instance.state()) {
                case RUNNING -> running++;
                case WARM -> warm++;
                case CREATED, READY, SLEEPING, STOPPED, DESTROYED -> {}
            }
            if (!plain && named(instance.address().instance())) {
                return false;
            }
        }
        return running == pool.counts().running() && warm == pool.counts().warm();
    }

    private boolean named(InstanceId id) {
        return input.policy().manual().contains(id) || input.policy().resting().containsKey(id);
    }
}
