package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.NodeState;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;

/// The steps for one pool. Up, cheapest first: resume warm, start stopped, create. Down, newest first: to warm while
/// warm ones
/// are wanted, else stopped.
final class PoolSteps {
    /// What a guest may take to power itself off before its VM is ended.
    private static final int GRACE_MILLIS = 10_000;

    private final NodeState.Tenant tenant;
    private final NodeState.Pool pool;
    private final Members members;
    private final int resumed;
    private final int paused;
    private final Want want;

    PoolSteps(NodeState.Tenant tenant, NodeState.Pool pool, Members members, Want want) {
        this.tenant = tenant;
        this.pool = pool;
        this.members = members;
        this.want = want;
        int lacking = Math.max(0, want.running() - members.running().size());
        int surplus = Math.max(0, members.running().size() - want.running());
        this.resumed = Math.min(lacking, members.warm().size());
        this.paused = Math.min(surplus, Math.max(0, want.warm() - members.warm().size()));
    }

    List<Plan.Chain> down() {
        var out = new ArrayList<Plan.Chain>();
        int surplus = members.running().size() - want.running();
        int toWarm = paused;
        for (var instance : newest(members.running(), surplus)) {
            if (toWarm > 0) {
                toWarm--;
                out.add(chain(instance, "more run than wanted", new HostOperation.PauseInstance(id(instance))));
            } else {
                out.add(stop(instance, "more run than wanted"));
            }
        }
        var stayingWarm = members.warm().subList(resumed, members.warm().size());
        for (var instance : newest(stayingWarm, stayingWarm.size() - want.warm())) {
            out.add(stop(instance, "more are warm than wanted"));
        }
        return out;
    }

    List<Plan.Chain> up(Supplier<Slot> slots, Iterator<InstanceId> fresh) {
        var out = new ArrayList<Plan.Chain>();
        for (var instance : members.warm().subList(0, resumed)) {
            out.add(chain(instance, "too few run", new HostOperation.ResumeInstance(id(instance))));
        }
        int running = want.running() - members.running().size() - resumed;
        int warm = want.warm() - (members.warm().size() - resumed) - paused;
        var startable = members.startable().iterator();
        try {
            for (int i = 0; i < running; i++) {
                out.add(fromCold(startable, slots, fresh, false));
            }
            for (int i = 0; i < warm; i++) {
                out.add(fromCold(startable, slots, fresh, true));
            }
        } catch (Planner.NoFreeSlot e) {
            return out; // as many as there is room for
        }
        return out;
    }

    private Plan.Chain fromCold(
            Iterator<Observation.Instance> startable,
            Supplier<Slot> slots,
            Iterator<InstanceId> fresh,
            boolean toWarm) {
        var steps = new ArrayList<HostOperation>();
        var why = toWarm ? "too few are warm" : "too few run";
        InstanceAddress address;
        if (startable.hasNext()) {
            var instance = startable.next();
            address = instance.address();
            boolean current = instance.attached()
                    && instance.revision().equals(pool.revision().digest())
                    && instance.resources().equals(pool.resources());
            if (!current) {
                steps.add(new HostOperation.AttachDrives(id(instance)));
            }
        } else {
            var slot = slots.get();
            address = new InstanceAddress(tenant.tenant(), pool.pool(), fresh.next());
            steps.add(new HostOperation.CreateInstance(
                    address, slot, pool.revision().digest(), pool.resources()));
            steps.add(new HostOperation.AttachDrives(address.instance()));
        }
        steps.add(new HostOperation.StartInstance(address.instance()));
        if (toWarm) {
            steps.add(new HostOperation.PauseInstance(address.instance()));
        }
        return new Plan.Chain(address, steps, why);
    }

    private static List<Observation.Instance> newest(List<Observation.Instance> oldestFirst, int count) {
        int size = oldestFirst.size();
        return count <= 0
                ? List.of()
                : oldestFirst.subList(size - Math.min(count, size), size).reversed();
    }

    static Plan.Chain stop(Observation.Instance instance, String why) {
        return chain(instance, why, new HostOperation.StopInstance(id(instance), GRACE_MILLIS));
    }

    private static Plan.Chain chain(Observation.Instance instance, String why, HostOperation step) {
        return new Plan.Chain(instance.address(), List.of(step), why);
    }

    private static InstanceId id(Observation.Instance instance) {
        return instance.address().instance();
    }
}
