package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceState;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.NodeState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/// Plans the chains of one pool.
///
/// Up: wake sleeping instances, resume warm ones, start stopped ones, create. Only a warm instance that would be
/// put away otherwise is resumed before any is woken. Down, newest first: pause up to the count of warm instances,
/// put to sleep up to the count of sleeping ones, else stop. No instance is booted only to be put to sleep, and
/// instances that sleep beyond their count stay asleep, since their memory is a tenant's work. A warm instance whose
/// revision or size is not its pool's any more does not run again: where it would be resumed it is booted afresh, and
/// where it would be put to sleep, for which its guest has to run, it is stopped.
final class PoolChains {
    /// Reason with which hostd leaves an instance asleep whose snapshot is of another VMM, processor or kernel.
    private static final String WRONG_MACHINE = "snapshot_wrong_machine";

    /// The chains, and the number of instances that are not brought up because nothing may start.
    record Result(List<Chain> chains, int frozen) {}

    private final NodeState.Pool pool;
    private final PoolAddress address;
    private final boolean key;
    private final boolean frozen;
    private final boolean coldBoot;
    private final boolean pinned;
    private final PoolMembers members;
    private final PoolCounts counts;
    private final Policy policy;
    private final List<Chain> chains = new ArrayList<>();
    private final Iterator<Observation.Instance> wakeable;
    private final Iterator<Observation.Instance> startable;
    private final Iterator<Observation.Instance> unfit;
    private int refused;

    /// @param key whether the tenant has a key for snapshots
    /// @param frozen whether nothing of the tenant may start
    PoolChains(
            NodeState.Pool pool,
            PoolAddress address,
            List<Observation.Instance> instances,
            Policy policy,
            boolean key,
            boolean frozen) {
        this.pool = pool;
        this.address = address;
        this.policy = policy;
        this.key = key;
        this.frozen = frozen;
        this.coldBoot = policy.coldBoot().contains(address);
        this.pinned = pool.flags().contains(PoolFlag.PINNED);
        var all = PoolMembers.of(instances, policy, pool.flags());
        var desired = PoolCounts.of(pool.counts(), all.manual().size());
        int idlePlaces = desired.idlePlaces(all);
        this.counts = desired.beside(idlePlaces, all);
        this.members = all.idleAtMost(idlePlaces);
        this.wakeable = members.sleeping().stream().filter(this::wakeable).iterator();
        // smallest first: after one without room there is none with room
        this.startable = members.startable().stream()
                .filter(this::fits)
                .sorted(Comparator.comparing(this::needsDrives).thenComparingInt(this::moreDisk))
                .iterator();
        this.unfit = members.sleeping().stream().filter(this::unfit).iterator();
    }

    Result chains() {
        members.idle().forEach(this::toIdleTarget);
        int running = members.running().size();
        int warm = members.warm().size();
        int lacking = Math.max(0, counts.running() - running);
        int surplus = pinned ? 0 : Math.max(0, running - counts.running());
        int spare = Math.max(0, warm - counts.warm());
        int paused = Math.min(surplus, Math.max(0, counts.warm() - warm));
        int resumed = toRun(lacking, spare);
        int left = warm - resumed;
        away(surplus, paused, pinned ? 0 : Math.max(0, left - counts.warm()), left);
        toWarm(Math.max(0, counts.warm() - left - paused));
        return new Result(chains, refused);
    }

    private void toIdleTarget(Observation.Instance instance) {
        var target = Optional.ofNullable(policy.idle().get(instance.address().instance()))
                .orElseThrow();
        boolean deep = target.state() == InstanceState.SLEEPING && instance.state() != InstanceState.SLEEPING && key;
        if (deep && (instance.state() != InstanceState.WARM || (!frozen && isCurrent(instance)))) {
            chains.add(Chain.sleep(instance, target.reason()));
        } else if (instance.state() == InstanceState.RUNNING) {
            chains.add(Chain.pause(instance, target.reason()));
        }
    }

    /// Brings up missing instances. Returns the number of warm ones that are warm no more.
    private int toRun(int lacking, int spare) {
        if (frozen) {
            refused += lacking;
            return 0;
        }
        int resumed = Math.min(lacking, spare);
        int missing = lacking - resumed;
        while (missing > 0 && wakeable.hasNext()) {
            chains.add(wake(wakeable.next(), StepReason.TOO_FEW_RUN));
            missing--;
        }
        int more = Math.min(missing, members.warm().size() - resumed);
        int taken = resumed + more;
        for (var instance : members.warm().subList(0, taken)) {
            var chain = fromWarm(instance);
            chains.add(chain);
            more -= chain.kind() == Chain.Kind.WARM_AWAY ? 1 : 0;
        }
        for (missing -= more; missing > 0; missing--) {
            chains.add(fromCold(StepReason.TOO_FEW_RUN));
        }
        return taken;
    }

    /// A warm instance whose volume is larger than its pool's size now cannot boot, and is only stopped.
    private Chain fromWarm(Observation.Instance instance) {
        if (isCurrent(instance)) {
            return Chain.resume(instance, StepReason.TOO_FEW_RUN);
        }
        return fits(instance) ? Chain.afresh(instance, pool.resources()) : Chain.stop(instance, StepReason.WARM_UNFIT);
    }

    private Chain fromCold(StepReason reason) {
        if (startable.hasNext()) {
            return start(startable.next(), reason);
        }
        return unfit.hasNext() ? coldBoot(unfit.next()) : create(reason);
    }

    /// Brings up instances to be warm: those that sleep beyond the count of sleeping ones, then stopped and new
    /// ones.
    private void toWarm(int lacking) {
        if (frozen) {
            refused += lacking;
            return;
        }
        long woken =
                chains.stream().filter(chain -> chain.kind() == Chain.Kind.WAKE).count();
        long spare = members.sleeping().size() - woken - counts.sleeping();
        for (int missing = lacking; missing > 0; missing--, spare--) {
            if (spare > 0 && wakeable.hasNext()) {
                chains.add(wake(wakeable.next(), StepReason.TOO_FEW_WARM).toWarm());
            } else if (startable.hasNext()) {
                chains.add(start(startable.next(), StepReason.TOO_FEW_WARM).toWarm());
            } else {
                chains.add(create(StepReason.TOO_FEW_WARM).toWarm());
            }
        }
    }

    /// Puts away surplus instances, the newest first.
    ///
    /// @param paused running instances that become warm
    /// @param left warm instances that are not resumed
    private void away(int surplus, int paused, int surplusWarm, int left) {
        int toSleep = key ? counts.sleeping() - members.asleep() : 0;
        int toWarm = paused;
        for (var instance : PoolMembers.newest(members.running(), surplus)) {
            if (toWarm > 0) {
                toWarm--;
                chains.add(Chain.pause(instance, StepReason.TOO_MANY_RUN));
            } else {
                chains.add(away(instance, StepReason.TOO_MANY_RUN, toSleep-- > 0));
            }
        }
        int all = members.warm().size();
        for (var instance : PoolMembers.newest(members.warm().subList(all - left, all), surplusWarm)) {
            boolean sleep = isCurrent(instance) && toSleep-- > 0;
            if (sleep && frozen) {
                refused++; // its guest would have to run to prepare for sleep
            } else {
                chains.add(away(instance, StepReason.TOO_MANY_WARM, sleep));
            }
        }
    }

    private static Chain away(Observation.Instance instance, StepReason reason, boolean asleep) {
        return asleep ? Chain.sleep(instance, reason) : Chain.stop(instance, reason);
    }

    private Chain wake(Observation.Instance instance, StepReason reason) {
        var operation = new HostOperation.WakeInstance(instance.address().instance());
        return up(
                Chain.Kind.WAKE,
                instance,
                List.of(operation),
                ResourceUsage.boot(instance.resources(), false),
                ResourceUsage.asleep(instance.resources()),
                Chain.Needs.TO_RUN,
                reason);
    }

    private Chain start(Observation.Instance instance, StepReason reason) {
        var id = instance.address().instance();
        var steps = new ArrayList<HostOperation>();
        boolean attach = needsDrives(instance);
        if (attach) {
            steps.add(new HostOperation.AttachDrives(id));
        }
        steps.add(new HostOperation.StartInstance(id));
        var takes = ResourceUsage.boot(pool.resources(), instance.state() == InstanceState.STOPPED)
                .plus(ResourceUsage.disk(moreDisk(instance)));
        return up(
                Chain.Kind.START,
                instance,
                steps,
                takes,
                lessDisk(instance),
                attach ? Chain.Needs.TO_BOOT : Chain.Needs.TO_RUN,
                reason);
    }

    /// Gives up a snapshot that this machine cannot open, and boots the instance.
    private Chain coldBoot(Observation.Instance instance) {
        var takes = ResourceUsage.boot(pool.resources(), false).plus(ResourceUsage.disk(moreDisk(instance)));
        var gives = lessDisk(instance).plus(ResourceUsage.asleep(instance.resources()));
        return Chain.reboot(instance, takes, gives, StepReason.SNAPSHOT_UNFIT);
    }

    private boolean needsDrives(Observation.Instance instance) {
        return !instance.attached() || !isCurrent(instance);
    }

    private int moreDisk(Observation.Instance instance) {
        return Math.max(0, pool.resources().diskGib() - instance.resources().diskGib());
    }

    /// Disk space that is freed when a volume that was never made is to be smaller now.
    private ResourceUsage lessDisk(Observation.Instance instance) {
        return ResourceUsage.disk(
                Math.max(0, instance.resources().diskGib() - pool.resources().diskGib()));
    }

    private Chain up(
            Chain.Kind kind,
            Observation.Instance instance,
            List<HostOperation> steps,
            ResourceUsage takes,
            ResourceUsage gives,
            Chain.Needs needs,
            StepReason reason) {
        return new Chain(kind, address, Optional.of(instance), steps, takes, gives, needs, reason);
    }

    private Chain create(StepReason reason) {
        var size = pool.resources();
        var takes = ResourceUsage.creation(size.diskGib()).plus(ResourceUsage.boot(size, false));
        return new Chain(
                Chain.Kind.CREATE,
                address,
                Optional.empty(),
                List.of(),
                takes,
                ResourceUsage.NONE,
                Chain.Needs.TO_BOOT,
                reason);
    }

    /// Returns whether `instance` may be woken: hostd refuses other revisions and sizes, and damaged snapshots stay
    /// so.
    private boolean wakeable(Observation.Instance instance) {
        boolean closed = instance.reason()
                .filter(reason -> reason.value().startsWith("snapshot_"))
                .isPresent();
        return key && !closed && isCurrent(instance);
    }

    private boolean unfit(Observation.Instance instance) {
        return coldBoot
                && instance.reason()
                        .filter(reason -> reason.value().equals(WRONG_MACHINE))
                        .isPresent()
                && fits(instance);
    }

    /// Returns whether the instance's volume, if any, is no larger than the pool's size now. Volumes do not shrink.
    private boolean fits(Observation.Instance instance) {
        return instance.started() == 0
                || instance.resources().diskGib() <= pool.resources().diskGib();
    }

    /// Returns whether `instance` has the revision and size of its pool in the signed state.
    private boolean isCurrent(Observation.Instance instance) {
        return instance.revision().equals(pool.revision())
                && instance.resources().equals(pool.resources());
    }
}
