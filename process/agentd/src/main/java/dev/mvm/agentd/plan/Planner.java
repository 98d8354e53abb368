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

/// Desired and observed state in, steps out. The same input in any order gives the same plan; after a plan has been
/// carried out, the next one is empty.
///
/// Instances and pools are in the same order, so that one pass over both is enough: [ObservedState] has read each
/// instance once, and a pool that has converged costs a comparison of its counts.
public final class Planner {
    /// Input of the decision.
    ///
    /// @param fresh endless ids that no instance of this node has
    public record Input(DesiredState desired, ObservedState observed, Policy policy, Iterator<InstanceId> fresh) {}

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
        this.instances = input.observed().instances();
        this.groups = input.observed().groups();
        this.creation = new Creation(input.fresh(), instances.size());
    }

    public static Plan plan(Input input) {
        var planner = new Planner(input);
        for (var tenant : input.desired().tenants()) {
            planner.unknownTenants(planner.groupsWhile(pool -> pool.tenant().compareTo(tenant.tenant()) < 0));
            planner.tenant(tenant);
        }
        planner.unknownTenants(planner.groupsWhile(pool -> true));
        return new Plan(
                planner.networks, planner.waves.stream().map(Plan.Wave::new).toList(), planner.shortfalls);
    }

    /// The plan for a machine that is about to stop: every running and warm instance is stopped, against the counts
    /// of its pool. Sleeping instances are on the disk already.
    public static Plan everythingDown(Observation observed) {
        var steps = observed.instances().stream()
                .filter(instance -> instance.state().holdsMemory())
                .map(instance -> new Plan.Step(
                        instance.address(), Chain.stopping(instance), StepReason.MACHINE_STOPS, false, true))
                .toList();
        return steps.isEmpty() ? Plan.NOTHING : new Plan(List.of(), List.of(new Plan.Wave(steps)), List.of());
    }

    /// The next groups for whose pools `is` is true; the following call goes on after them.
    private List<Group> groupsWhile(Predicate<PoolAddress> is) {
        int first = next;
        while (next < groups.size() && is.test(groups.get(next).pool())) {
            next++;
        }
        return groups.subList(first, next);
    }

    /// Plans for instances of tenants that the state does not name. They are frozen, and run on unless they are to be
    /// pruned: a state does not name a tenant whose grant has expired.
    private void unknownTenants(List<Group> unknown) {
        if (!input.policy().prune().tenants()) {
            return;
        }
        for (var instance : free(unknown)) {
            var chain = Chain.destroy(instance, StepReason.UNKNOWN_TENANT);
            firstWave()
                    .add(new Plan.Step(instance.address(), chain.operations().getFirst(), chain.reason(), false, true));
        }
    }

    /// The instances of `groups` that no operator holds, by address.
    private List<Observation.Instance> free(List<Group> groups) {
        return groups.stream()
                .flatMap(group -> group.in(instances).stream())
                .filter(instance ->
                        !input.policy().manual().contains(instance.address().instance()))
                .sorted(Comparator.comparing(Observation.Instance::address))
                .toList();
    }

    private List<Plan.Step> firstWave() {
        if (waves.isEmpty()) {
            waves.add(new ArrayList<>());
        }
        return waves.getFirst();
    }

    private void tenant(NodeState.Tenant tenant) {
        boolean frozen = input.desired().frozen().contains(tenant.tenant());
        if (!frozen && !input.observed().networks().contains(tenant.network().net())) {
            networks.add(new HostOperation.SetupNetwork(tenant.network().net()));
        }
        boolean key = tenant.keys().stream().anyMatch(each -> each.purpose() == KeyPurpose.SNAPSHOT);
        var chains = new ArrayList<Chain>();
        int first = next;
        for (var pool : DesiredState.sorted(tenant.pools())) {
            var address = new PoolAddress(tenant.tenant(), pool.pool());
            unknownPools(chains, groupsWhile(other -> other.compareTo(address) < 0));
            var group = groupsWhile(address::equals).stream().findFirst().orElseGet(() -> Group.none(address));
            if (!pool.flags().contains(PoolFlag.CRITICAL) && !converged(pool, group)) {
                var result = new PoolChains(pool, address, group.in(instances), input.policy(), key, frozen).chains();
                chains.addAll(result.chains());
                if (result.frozen() > 0) {
                    shortfalls.add(new Plan.Shortfall(address, UnmetReason.FROZEN, result.frozen()));
                }
            }
        }
        unknownPools(chains, groupsWhile(other -> other.tenant().equals(tenant.tenant())));
        if (!chains.isEmpty()) {
            shortfalls.addAll(Schedule.into(waves, tenant, of(groups.subList(first, next)), chains, creation));
        }
    }

    /// The instances of adjacent groups.
    private List<Observation.Instance> of(List<Group> pools) {
        return pools.isEmpty()
                ? List.of()
                : instances.subList(pools.getFirst().begin(), pools.getLast().end());
    }

    /// Plans for instances of pools of the tenant that the state does not name, while the tenant's grant is valid:
    /// the pool was taken away. What has memory is stopped; volumes and snapshots stay, unless it is to be pruned.
    private void unknownPools(List<Chain> chains, List<Group> unknown) {
        boolean prune = input.policy().prune().pools();
        for (var instance : free(unknown)) {
            if (input.desired().spared().contains(instance.address().poolAddress())) {
                continue;
            }
            if (prune) {
                chains.add(Chain.destroy(instance, StepReason.UNKNOWN_POOL));
            } else if (instance.state().holdsMemory()) {
                chains.add(Chain.stop(instance, StepReason.UNKNOWN_POOL));
            }
        }
    }

    /// Returns whether a pool has converged by its counts alone; false when in doubt.
    private boolean converged(NodeState.Pool pool, Group group) {
        return group.running() == pool.counts().running()
                && group.warm() == pool.counts().warm()
                && (input.policy().namesNone()
                        || group.in(instances).stream()
                                .noneMatch(instance -> named(instance.address().instance())));
    }

    private boolean named(InstanceId id) {
        return input.policy().manual().contains(id) || input.policy().idle().containsKey(id);
    }
}
