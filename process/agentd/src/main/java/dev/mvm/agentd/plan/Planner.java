package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/// Desired and observed in, steps out. The same input gives the same plan, whatever order it comes in; a plan that
/// has been carried out leaves nothing to plan.
public final class Planner {
    /// Everything that the decision depends on.
    ///
    /// @param manual instances that an operator has put where they are and that stay there for now
    /// @param now the present as far as the clock may be believed
    /// @param fresh unused instance ids, enough for all that may be created
    public record Input(
            InstalledState installed,
            Observation observed,
            Set<InstanceId> manual,
            Instant now,
            Collection<InstanceId> fresh) {
        public Input {
            manual = Set.copyOf(manual);
            fresh = List.copyOf(fresh);
        }
    }

    private static final Set<InstanceState> UP = Set.of(InstanceState.RUNNING, InstanceState.WARM);

    private final Input input;
    private final Iterator<InstanceId> fresh;
    private final Set<Slot> taken = new HashSet<>();
    private final List<HostOperation.SetupNetwork> networks = new ArrayList<>();
    private final List<Plan.Chain> down = new ArrayList<>();
    private final List<Plan.Chain> up = new ArrayList<>();

    private Planner(Input input) {
        this.input = input;
        this.fresh = input.fresh().iterator();
        input.observed().instances().forEach(instance -> taken.add(instance.slot()));
    }

    public static Plan plan(Input input) {
        var planner = new Planner(input);
        for (var tenant : input.installed().state().value().tenants()) {
            planner.tenant(tenant);
        }
        return new Plan(planner.networks, planner.down, planner.up);
    }

    /// Everything that runs or is warm ends, whatever its pool wants: the machine is about to stop. What sleeps is on
    /// its disk already.
    public static Plan everythingDown(Observation observed) {
        var down = observed.instances().stream()
                .filter(instance -> UP.contains(instance.state()))
                .map(instance -> PoolSteps.stop(instance, "this machine is about to stop"))
                .toList();
        return new Plan(List.of(), down, List.of());
    }

    private void tenant(NodeState.Tenant tenant) {
        boolean frozen = input.installed().frozen(tenant.tenant(), input.now());
        if (!frozen && !input.observed().networks().contains(tenant.network().net())) {
            networks.add(new HostOperation.SetupNetwork(tenant.network().net()));
        }
        for (var pool : tenant.pools()) {
            if (!pool.flags().contains(PoolFlag.CRITICAL)) {
                pool(tenant, pool, frozen);
            }
        }
    }

    private void pool(NodeState.Tenant tenant, NodeState.Pool pool, boolean frozen) {
        var members = Members.of(
                new PoolAddress(tenant.tenant(), pool.pool()), input.observed().instances(), input.manual());
        var want = Want.of(pool.counts(), members);
        var steps = new PoolSteps(input.installed(), tenant, pool, members, want);
        if (!pool.flags().contains(PoolFlag.PINNED)) {
            down.addAll(steps.down());
        }
        if (!frozen) {
            up.addAll(steps.up(() -> slot(tenant), fresh));
        }
    }

    /// The lowest free place in the tenant's network.
    private Slot slot(NodeState.Tenant tenant) {
        int last = Math.min(Slot.LAST, tenant.network().subnet().lastOffset());
        for (int offset = Slot.FIRST; offset <= last; offset++) {
            var slot = new Slot(tenant.network().net(), offset);
            if (taken.add(slot)) {
                return slot;
            }
        }
        throw new NoFreeSlot();
    }

    /// The tenant's network is full; the pool gets no more instances in this plan.
    static final class NoFreeSlot extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
