package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceAddress;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.NodeState;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// Puts the chains of one tenant into waves. A chain begins in the first wave in which the tenant's quotas have
/// room for the whole chain, takes one step in each wave, and frees quota after its last step.
final class Schedule {
    private static final Comparator<Chain> ORDER = Comparator.comparing(Chain::kind);
    private static final Comparator<Chain> WARM_FIRST = Comparator.comparing(
                    (Chain chain) -> chain.kind().compareTo(Chain.Kind.PAUSE) > 0 && chain.kind() != Chain.Kind.TO_WARM)
            .thenComparing(ORDER);

    /// A chain that has begun.
    ///
    /// @param late whether the chain had to wait for room
    private record Begun(Chain chain, InstanceAddress address, List<HostOperation> operations, int wave, boolean late) {
        int end() {
            return wave + operations.size() - 1;
        }
    }

    private final NodeState.Tenant tenant;
    private final TenantBudget budget;
    private final Creation creation;
    private final BitSet slots = new BitSet();
    private final List<Begun> begun = new ArrayList<>();
    private final List<Begun> open = new ArrayList<>();
    private final TreeMap<PoolAddress, TreeMap<UnmetReason, Integer>> unmet = new TreeMap<>();
    private List<Chain> pending = List.of();

    private Schedule(NodeState.Tenant tenant, List<Observation.Instance> instances, Creation creation) {
        this.tenant = tenant;
        this.budget = TenantBudget.of(tenant, instances);
        this.creation = creation;
        instances.forEach(instance -> slots.set(instance.slot().offset()));
    }

    private void note(PoolAddress pool, UnmetReason reason) {
        unmet.computeIfAbsent(pool, _ -> new TreeMap<>()).merge(reason, 1, Integer::sum);
    }

    /// Puts the chains of a tenant into `waves`, and adds waves as they are needed.
    ///
    /// @param instances all instances of the tenant
    /// @return the chains that found no room
    static List<Plan.Shortfall> into(
            List<List<Plan.Step>> waves,
            NodeState.Tenant tenant,
            List<Observation.Instance> instances,
            List<Chain> chains,
            Creation creation) {
        int before = creation.instances();
        var schedule = new Schedule(tenant, instances, creation);
        if (schedule.tight(chains)) {
            schedule.fill(chains, WARM_FIRST);
            if (!schedule.keptWaiting()) {
                return schedule.into(waves);
            }
            creation.backTo(before);
            schedule = new Schedule(tenant, instances, creation);
        }
        schedule.fill(chains, ORDER);
        return schedule.into(waves);
    }

    private void fill(List<Chain> chains, Comparator<Chain> order) {
        pending = chains.stream().sorted(order).toList();
        boolean more = !pending.isEmpty();
        for (int wave = 0; more; wave++) {
            begin(wave);
            more = !open.isEmpty();
            end(wave);
        }
    }

    /// Returns whether an instance that is to run has no room, apart from those that are to be warm.
    private boolean keptWaiting() {
        return pending.stream()
                .anyMatch(chain -> chain.kind() != Chain.Kind.TO_WARM && chain.needs() != Chain.Needs.NOTHING);
    }

    private List<Plan.Shortfall> into(List<List<Plan.Step>> waves) {
        begun.forEach(one -> write(one, waves));
        for (var chain : pending) {
            if (chain.reason() != StepReason.IDLE) { // an idle instance that stays up is no shortfall
                unmet(chain).ifPresent(reason -> note(chain.pool(), reason));
            }
        }
        return shortfalls();
    }

    /// Returns whether all that is to run fills `max_running`: an instance that is to be warm has to run first, and
    /// would find no place.
    private boolean tight(List<Chain> chains) {
        var end = budget.taken();
        for (var chain : chains) {
            end = end.plus(chain.takes()).minus(chain.gives());
        }
        return end.running() >= tenant.quotas().maxRunning();
    }

    private void begin(int wave) {
        var waiting = new ArrayList<Chain>();
        for (var chain : pending) {
            if (unmet(chain).isPresent()) {
                waiting.add(chain);
            } else {
                begin(chain, wave);
            }
        }
        pending = waiting;
    }

    private Optional<UnmetReason> unmet(Chain chain) {
        var unmet = budget.unmet(chain);
        if (unmet.isPresent() || chain.instance().isPresent()) {
            return unmet;
        }
        return slot().isEmpty() ? Optional.of(UnmetReason.NO_SLOT) : creation.unmet();
    }

    private void begin(Chain chain, int wave) {
        var address = chain.instance().map(Observation.Instance::address);
        var operations = chain.operations();
        if (address.isEmpty()) {
            var slot = slot().orElseThrow();
            slots.set(slot.offset());
            var made = new InstanceAddress(tenant.tenant(), chain.pool().pool(), creation.next());
            operations = creating(chain, made, slot);
            address = Optional.of(made);
        }
        budget.take(chain.pool().pool(), chain.takes());
        var one = new Begun(chain, address.get(), operations, wave, wave > 0);
        begun.add(one);
        open.add(one);
    }

    private List<HostOperation> creating(Chain chain, InstanceAddress address, Slot slot) {
        var pool = tenant.pool(address.pool()).orElseThrow();
        var id = address.instance();
        var out = new ArrayList<HostOperation>();
        out.add(new HostOperation.CreateInstance(address, slot, pool.revision(), pool.resources()));
        out.add(new HostOperation.AttachDrives(id));
        out.add(new HostOperation.StartInstance(id));
        if (chain.kind() == Chain.Kind.TO_WARM) {
            out.add(new HostOperation.PauseInstance(id));
        }
        return out;
    }

    private void end(int wave) {
        open.removeIf(one -> {
            if (one.end() > wave) {
                return false;
            }
            budget.give(one.chain.pool().pool(), one.chain.gives());
            return true;
        });
    }

    /// The lowest free place in the tenant's network.
    private Optional<Slot> slot() {
        int last = Math.min(Slot.LAST, tenant.network().subnet().lastOffset());
        int free = slots.nextClearBit(Slot.FIRST);
        return free > last
                ? Optional.empty()
                : Optional.of(new Slot(tenant.network().net(), free));
    }

    private static void write(Begun one, List<List<Plan.Step>> waves) {
        int at = one.wave;
        for (var operation : one.operations) {
            while (waves.size() <= at) {
                waves.add(new ArrayList<>());
            }
            waves.get(at).add(new Plan.Step(one.address, operation, one.chain.reason(), one.late, at == one.end()));
            at++;
        }
    }

    private List<Plan.Shortfall> shortfalls() {
        var out = new ArrayList<Plan.Shortfall>();
        unmet.forEach((pool, each) ->
                each.forEach((reason, instances) -> out.add(new Plan.Shortfall(pool, reason, instances))));
        return out;
    }
}
