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

/// What is to become of the instances of one pool.
///
/// Up: wake sleeping, resume warm, start stopped, create. Only a warm one that would be put away otherwise is resumed
/// before any is woken. Down, newest first: to warm while warm ones are wanted, to sleep while sleeping ones are, else
/// stopped. None is booted only to be put to sleep: the count of sleeping ones says how many that need not run any more
/// keep what they have in memory. And what sleeps beyond that count goes on sleeping; its memory is somebody's work.
final class PoolChains {
    /// Why hostd leaves one asleep whose snapshot is of another VMM, processor or kernel.
    private static final String WRONG_MACHINE = "snapshot_wrong_machine";

    /// What is to become of them, and how many ups there cannot be because nothing may start.
    record Result(List<Chain> chains, int frozen) {}

    private final NodeState.Pool pool;
    private final PoolAddress address;
    private final boolean key;
    private final boolean frozen;
    private final boolean coldBoot;
    private final boolean pinned;
    private final PoolMembers members;
    private final PoolCounts want;
    private final Policy policy;
    private final List<Chain> chains = new ArrayList<>();
    private final Iterator<Observation.Instance> wakeable;
    private final Iterator<Observation.Instance> startable;
    private final Iterator<Observation.Instance> unfit;
    private int refused;

    /// @param key whether there is a key to seal snapshots under
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
        var all = PoolMembers.of(instances, policy, pinned);
        var counts = PoolCounts.of(pool.counts(), all.manual().size());
        int rested = counts.rested(all);
        this.want = counts.beside(rested, all);
        this.members = all.restingAtMost(rested);
        this.wakeable = members.sleeping().stream().filter(this::wakeable).iterator();
        // what takes least first: whatever there is no room for, there is none either for what comes after it
        this.startable = members.startable().stream()
                .filter(this::fits)
                .sorted(Comparator.comparing(this::needsDrives).thenComparingInt(this::moreDisk))
                .iterator();
        this.unfit = members.sleeping().stream().filter(this::unfit).iterator();
    }

    Result chains() {
        members.resting().forEach(this::rest);
        int running = members.running().size();
        int warm = members.warm().size();
        int lacking = Math.max(0, want.running() - running);
        int surplus = pinned ? 0 : Math.max(0, running - want.running());
        int spare = Math.max(0, warm - want.warm());
        int paused = Math.min(surplus, Math.max(0, want.warm() - warm));
        int resumed = toRun(lacking, spare);
        int left = warm - resumed;
        away(surplus, paused, pinned ? 0 : Math.max(0, left - want.warm()), left);
        toWarm(Math.max(0, want.warm() - left - paused));
        return new Result(chains, refused);
    }

    private void rest(Observation.Instance instance) {
        var rest = policy.resting().get(instance.address().instance());
        if (rest == null) {
            throw new IllegalStateException(instance.address() + " does not rest");
        }
        boolean deep = rest.state() == InstanceState.SLEEPING && instance.state() != InstanceState.SLEEPING && key;
        if (deep && !(frozen && instance.state() == InstanceState.WARM)) {
            chains.add(Chain.sleep(instance, rest.why()));
        } else if (instance.state() == InstanceState.RUNNING) {
            chains.add(Chain.pause(instance, rest.why()));
        }
    }

    /// Brings up what lacks. Answers how many warm ones are resumed.
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
        for (var instance : members.warm().subList(0, resumed + more)) {
            chains.add(Chain.resume(instance, StepReason.TOO_FEW_RUN));
        }
        for (missing -= more; missing > 0; missing--) {
            chains.add(fromCold(StepReason.TOO_FEW_RUN));
        }
        return resumed + more;
    }

    private Chain fromCold(StepReason why) {
        if (startable.hasNext()) {
            return start(startable.next(), why);
        }
        return unfit.hasNext() ? coldBoot(unfit.next()) : create(why);
    }

    /// Brings up what is to be warm: what sleeps beyond the count of sleeping ones, then stopped and new ones.
    private void toWarm(int lacking) {
        if (frozen) {
            refused += lacking;
            return;
        }
        long woken =
                chains.stream().filter(chain -> chain.kind() == Chain.Kind.WAKE).count();
        long spare = members.sleeping().size() - woken - want.sleeping();
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

    /// Puts away what is too many, the newest first.
    ///
    /// @param paused how many of those that run become warm
    /// @param left how many warm ones are not resumed; the newest of those
    private void away(int surplus, int paused, int surplusWarm, int left) {
        int toSleep = key ? want.sleeping() - members.asleep() : 0;
        int toWarm = paused;
        for (var instance : newest(members.running(), surplus)) {
            if (toWarm > 0) {
                toWarm--;
                chains.add(Chain.pause(instance, StepReason.TOO_MANY_RUN));
            } else {
                chains.add(away(instance, StepReason.TOO_MANY_RUN, toSleep-- > 0));
            }
        }
        int all = members.warm().size();
        for (var instance : newest(members.warm().subList(all - left, all), surplusWarm)) {
            boolean sleep = toSleep-- > 0;
            if (sleep && frozen) {
                refused++; // its guest would have to run to be asked
            } else {
                chains.add(away(instance, StepReason.TOO_MANY_WARM, sleep));
            }
        }
    }

    private static Chain away(Observation.Instance instance, StepReason why, boolean asleep) {
        return asleep ? Chain.sleep(instance, why) : Chain.stop(instance, why);
    }

    private static List<Observation.Instance> newest(List<Observation.Instance> oldestFirst, int count) {
        int size = oldestFirst.size();
        return oldestFirst.subList(size - Math.min(count, size), size).reversed();
    }

    private Chain wake(Observation.Instance instance, StepReason why) {
        var operation = new HostOperation.WakeInstance(instance.address().instance());
        return up(
                Chain.Kind.WAKE,
                instance,
                List.of(operation),
                ResourceUsage.boot(instance.resources(), false),
                ResourceUsage.NONE,
                Chain.Needs.TO_RUN,
                why);
    }

    private Chain start(Observation.Instance instance, StepReason why) {
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
                why);
    }

    /// Gives up what the snapshot holds: nobody can have it any more.
    private Chain coldBoot(Observation.Instance instance) {
        var id = instance.address().instance();
        List<HostOperation> steps = List.of(
                Chain.stopping(instance), new HostOperation.AttachDrives(id), new HostOperation.StartInstance(id));
        var takes = ResourceUsage.boot(pool.resources(), false).plus(ResourceUsage.disk(moreDisk(instance)));
        return up(
                Chain.Kind.COLD_BOOT,
                instance,
                steps,
                takes,
                lessDisk(instance),
                Chain.Needs.TO_BOOT,
                StepReason.SNAPSHOT_UNFIT);
    }

    private boolean needsDrives(Observation.Instance instance) {
        return !instance.attached() || !isCurrent(instance);
    }

    private int moreDisk(Observation.Instance instance) {
        return Math.max(0, pool.resources().diskGib() - instance.resources().diskGib());
    }

    /// What is left over when a volume that has never been made is to be smaller now.
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
            StepReason why) {
        return new Chain(kind, address, Optional.of(instance), steps, takes, gives, needs, why);
    }

    private Chain create(StepReason why) {
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
                why);
    }

    /// Whether `instance` may be woken for a count. Not one of another revision or size, which hostd would refuse; nor
    /// one whose snapshot did not open: it would not the next time.
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

    /// Whether its volume, if it has one, is no larger than what its pool has now. Volumes do not shrink.
    private boolean fits(Observation.Instance instance) {
        return instance.started() == 0
                || instance.resources().diskGib() <= pool.resources().diskGib();
    }

    /// Whether `instance` is what the signed state has its pool run.
    private boolean isCurrent(Observation.Instance instance) {
        return instance.revision().equals(pool.revision().digest())
                && instance.resources().equals(pool.resources());
    }
}
