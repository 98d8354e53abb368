package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceState;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.Resources;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The operations that bring one instance to its target: each needs the one before. The resources of `takes` are
/// used from the first operation on, those of `gives` are free after the last.
///
/// @param pool the instance's pool, which the state need not name
/// @param instance empty for one that is yet to be created
/// @param needs quotas that hostd checks besides those of `takes`
record Chain(
        Kind kind,
        PoolAddress pool,
        Optional<Observation.Instance> instance,
        List<HostOperation> operations,
        ResourceUsage takes,
        ResourceUsage gives,
        Needs needs,
        StepReason reason) {
    /// Kinds of chains, in the order in which they begin when there is room for all.
    enum Kind {
        PRUNE,
        /// Puts a warm instance to sleep, or stops it.
        WARM_AWAY,
        /// Puts a running instance to sleep, or stops it.
        RUNNING_AWAY,
        PAUSE,
        WAKE,
        RESUME,
        START,
        COLD_BOOT,
        CREATE,
        /// Boots an instance to pause it: after those that are to run.
        TO_WARM
    }

    /// Quotas that must not be exceeded before an operation, even if it takes nothing of them.
    enum Needs {
        NOTHING,
        /// Running instances, processors and memory: before an instance runs.
        TO_RUN,
        /// The same, and the disk: before drives are attached.
        TO_BOOT
    }

    /// Time that a guest has to power itself off before its VM is killed.
    private static final int GRACE_MILLIS = 10_000;

    Chain {
        operations = List.copyOf(operations);
    }

    private static Chain down(
            Kind kind,
            Observation.Instance instance,
            HostOperation operation,
            ResourceUsage takes,
            ResourceUsage gives,
            StepReason reason) {
        var needs = takes.running() > 0 ? Needs.TO_RUN : Needs.NOTHING;
        return new Chain(
                kind,
                instance.address().poolAddress(),
                Optional.of(instance),
                List.of(operation),
                takes,
                gives,
                needs,
                reason);
    }

    static Chain stop(Observation.Instance instance, StepReason reason) {
        var gives = ResourceUsage.of(instance.state(), instance.resources())
                .minus(ResourceUsage.of(InstanceState.STOPPED, instance.resources()));
        return down(away(instance), instance, stopping(instance), ResourceUsage.NONE, gives, reason);
    }

    static HostOperation.StopInstance stopping(Observation.Instance instance) {
        return new HostOperation.StopInstance(instance.address().instance(), GRACE_MILLIS);
    }

    /// Puts an instance to sleep. A warm instance runs while its guest prepares for it.
    static Chain sleep(Observation.Instance instance, StepReason reason) {
        var runs = instance.state() == InstanceState.WARM ? ResourceUsage.RUNNING : ResourceUsage.NONE;
        var takes = runs.plus(ResourceUsage.asleep(instance.resources()));
        var gives = takes.plus(ResourceUsage.of(instance.state(), instance.resources()))
                .minus(ResourceUsage.of(InstanceState.SLEEPING, instance.resources()));
        var operation = new HostOperation.SleepInstance(instance.address().instance(), false);
        return down(away(instance), instance, operation, takes, gives, reason);
    }

    private static Kind away(Observation.Instance instance) {
        return instance.state() == InstanceState.WARM ? Kind.WARM_AWAY : Kind.RUNNING_AWAY;
    }

    static Chain pause(Observation.Instance instance, StepReason reason) {
        var operation = new HostOperation.PauseInstance(instance.address().instance());
        return down(Kind.PAUSE, instance, operation, ResourceUsage.WARM, ResourceUsage.RUNNING, reason);
    }

    static Chain destroy(Observation.Instance instance, StepReason reason) {
        var gives = ResourceUsage.of(instance.state(), instance.resources());
        var operation = new HostOperation.DestroyInstance(instance.address().instance());
        return down(Kind.PRUNE, instance, operation, ResourceUsage.NONE, gives, reason);
    }

    static Chain resume(Observation.Instance instance, StepReason reason) {
        return new Chain(
                Kind.RESUME,
                instance.address().poolAddress(),
                Optional.of(instance),
                List.of(new HostOperation.ResumeInstance(instance.address().instance())),
                ResourceUsage.RUNNING,
                ResourceUsage.WARM,
                Needs.TO_RUN,
                reason);
    }

    /// Ends what an instance has in memory or asleep, and boots it as its pool is now.
    static Chain reboot(Observation.Instance instance, ResourceUsage takes, ResourceUsage gives, StepReason reason) {
        var id = instance.address().instance();
        return new Chain(
                Kind.COLD_BOOT,
                instance.address().poolAddress(),
                Optional.of(instance),
                List.of(stopping(instance), new HostOperation.AttachDrives(id), new HostOperation.StartInstance(id)),
                takes,
                gives,
                Needs.TO_BOOT,
                reason);
    }

    /// Boots a warm instance that hostd does not resume. Its place in memory is its own meanwhile.
    ///
    /// @param size its pool's
    static Chain afresh(Observation.Instance instance, Resources size) {
        var before = ResourceUsage.of(InstanceState.WARM, instance.resources());
        var after = ResourceUsage.of(InstanceState.RUNNING, size);
        return reboot(instance, after.beyond(before), before.beyond(after), StepReason.WARM_UNFIT);
    }

    /// The same chain with a pause at its end.
    Chain toWarm() {
        var more = new ArrayList<>(operations);
        instance.ifPresent(
                one -> more.add(new HostOperation.PauseInstance(one.address().instance())));
        return new Chain(
                Kind.TO_WARM,
                pool,
                instance,
                more,
                takes.plus(ResourceUsage.WARM),
                gives.plus(ResourceUsage.RUNNING),
                needs,
                reason);
    }
}
