package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;

/// The steps for one pool. Up, cheapest first: resume warm, wake sleeping, start stopped, create. Down, newest first:
/// to warm while warm ones are wanted, to sleep while sleeping ones are, else stopped.
///
/// None is booted only to be put to sleep: the count of sleeping ones says how many that need not run any more keep
/// what they have in memory. And what sleeps beyond that count goes on sleeping; its memory is somebody's work.
final class PoolSteps {
    /// What a guest may take to power itself off before its VM is ended.
    private static final int GRACE_MILLIS = 10_000;

    private static final String TOO_FEW_RUN = "too few run";
    private static final String TOO_FEW_WARM = "too few are warm";

    private final InstalledState installed;
    private final NodeState.Tenant tenant;
    private final NodeState.Pool pool;
    private final Members members;
    private final int resumed;
    private final int paused;
    private final List<Observation.Instance> wokenToRun;
    private final List<Observation.Instance> wokenToWarm;
    private final Want want;

    PoolSteps(InstalledState installed, NodeState.Tenant tenant, NodeState.Pool pool, Members members, Want want) {
        this.installed = installed;
        this.tenant = tenant;
        this.pool = pool;
        this.members = members;
        this.want = want;
        int lacking = Math.max(0, want.running() - members.running().size());
        int surplus = Math.max(0, members.running().size() - want.running());
        this.resumed = Math.min(lacking, members.warm().size());
        this.paused = Math.min(surplus, Math.max(0, want.warm() - members.warm().size()));
        var wakeable = members.sleeping().stream().filter(this::wakeable).toList();
        int toRun = Math.min(lacking - resumed, wakeable.size());
        int toSpare = Math.min(members.sleeping().size() - toRun - want.sleeping(), wakeable.size() - toRun);
        int toWarm = Math.min(warmLacking(), Math.max(0, toSpare));
        this.wokenToRun = wakeable.subList(0, toRun);
        this.wokenToWarm = wakeable.subList(toRun, toRun + toWarm);
    }

    private int warmLacking() {
        return Math.max(0, want.warm() - (members.warm().size() - resumed) - paused);
    }

    /// How many may be put to sleep. Without a key there is nothing to seal a snapshot under.
    private int sleepable() {
        var key = installed.key(new PoolAddress(tenant.tenant(), pool.pool()), KeyPurpose.SNAPSHOT);
        return key.isPresent() ? want.sleeping() - members.asleep() : 0;
    }

    List<Plan.Chain> down() {
        var out = new ArrayList<Plan.Chain>();
        int surplus = members.running().size() - want.running();
        int toWarm = paused;
        int toSleep = sleepable();
        for (var instance : newest(members.running(), surplus)) {
            if (toWarm > 0) {
                toWarm--;
                out.add(chain(instance, "more run than wanted", new HostOperation.PauseInstance(id(instance))));
            } else {
                out.add(away(instance, "more run than wanted", toSleep-- > 0));
            }
        }
        var stayingWarm = members.warm().subList(resumed, members.warm().size());
        for (var instance : newest(stayingWarm, stayingWarm.size() - want.warm())) {
            out.add(away(instance, "more are warm than wanted", toSleep-- > 0));
        }
        return out;
    }

    List<Plan.Chain> up(Supplier<Slot> slots, Iterator<InstanceId> fresh) {
        var out = new ArrayList<Plan.Chain>();
        for (var instance : members.warm().subList(0, resumed)) {
            out.add(chain(instance, TOO_FEW_RUN, new HostOperation.ResumeInstance(id(instance))));
        }
        for (var instance : wokenToRun) {
            out.add(chain(instance, TOO_FEW_RUN, new HostOperation.WakeInstance(id(instance))));
        }
        for (var instance : wokenToWarm) {
            var id = id(instance);
            out.add(chain(
                    instance, TOO_FEW_WARM, new HostOperation.WakeInstance(id), new HostOperation.PauseInstance(id)));
        }
        int running = want.running() - members.running().size() - resumed - wokenToRun.size();
        int warm = warmLacking() - wokenToWarm.size();
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
        var why = toWarm ? TOO_FEW_WARM : TOO_FEW_RUN;
        InstanceAddress address;
        if (startable.hasNext()) {
            var instance = startable.next();
            address = instance.address();
            if (!instance.attached() || !isCurrent(instance)) {
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

    /// Whether `instance` may be woken for a count. Not one of another revision or size, which hostd would refuse; nor
    /// one
    /// whose snapshot did not open: it would not the next time.
    private boolean wakeable(Observation.Instance instance) {
        boolean closed = instance.reason()
                .filter(reason -> reason.value().startsWith("snapshot_"))
                .isPresent();
        return !closed && isCurrent(instance);
    }

    /// Whether `instance` is what the signed state has its pool run.
    private boolean isCurrent(Observation.Instance instance) {
        return instance.revision().equals(pool.revision().digest())
                && instance.resources().equals(pool.resources());
    }

    private static List<Observation.Instance> newest(List<Observation.Instance> oldestFirst, int count) {
        int size = oldestFirst.size();
        return count <= 0
                ? List.of()
                : oldestFirst.subList(size - Math.min(count, size), size).reversed();
    }

    private static Plan.Chain away(Observation.Instance instance, String why, boolean asleep) {
        return asleep
                ? chain(instance, why, new HostOperation.SleepInstance(id(instance), false))
                : stop(instance, why);
    }

    static Plan.Chain stop(Observation.Instance instance, String why) {
        return chain(instance, why, new HostOperation.StopInstance(id(instance), GRACE_MILLIS));
    }

    private static Plan.Chain chain(Observation.Instance instance, String why, HostOperation... steps) {
        return new Plan.Chain(instance.address(), List.of(steps), why);
    }

    private static InstanceId id(Observation.Instance instance) {
        return instance.address().instance();
    }
}
