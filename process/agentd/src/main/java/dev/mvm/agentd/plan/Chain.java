package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceState;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What is to become of one instance: operations of which each needs the one before, what they take from the first on,
/// and what they give back when the last has worked.
///
/// @param pool that of the instance, which the state need not know
/// @param instance empty for one that is yet to be made
/// @param needs what hostd looks at besides what is taken
record Chain(
        Kind kind,
        PoolAddress pool,
        Optional<Observation.Instance> instance,
        List<HostOperation> operations,
        ResourceUsage takes,
        ResourceUsage gives,
        Needs needs,
        StepReason why) {
    /// In the order in which chains are begun when there is room for all.
    enum Kind {
        PRUNE,
        /// What is warm goes away.
        WARM_AWAY,
        /// What runs goes away.
        RUNNING_AWAY,
        PAUSE,
        WAKE,
        RESUME,
        START,
        COLD_BOOT,
        CREATE,
        /// Boots to be paused: behind what is to run.
        TO_WARM
    }

    /// Figures that have to be within their quota before an operation, even if it takes nothing of them.
    enum Needs {
        NOTHING,
        /// What runs, processors and memory: before anything runs.
        TO_RUN,
        /// And the disk: before drives are attached.
        TO_BOOT
    }

    /// What a guest may take to power itself off before its VM is ended.
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
            StepReason why) {
        var needs = takes.equals(ResourceUsage.RUNNING) ? Needs.TO_RUN : Needs.NOTHING;
        return new Chain(
                kind,
                instance.address().poolAddress(),
                Optional.of(instance),
                List.of(operation),
                takes,
                gives,
                needs,
                why);
    }

    static Chain stop(Observation.Instance instance, StepReason why) {
        var gives = ResourceUsage.of(instance.state(), instance.resources())
                .minus(ResourceUsage.of(InstanceState.STOPPED, instance.resources()));
        return down(away(instance), instance, stopping(instance), ResourceUsage.NONE, gives, why);
    }

    static HostOperation.StopInstance stopping(Observation.Instance instance) {
        return new HostOperation.StopInstance(instance.address().instance(), GRACE_MILLIS);
    }

    /// A warm one runs while its guest is asked.
    static Chain sleep(Observation.Instance instance, StepReason why) {
        var takes = instance.state() == InstanceState.WARM ? ResourceUsage.RUNNING : ResourceUsage.NONE;
        var gives = takes.plus(ResourceUsage.of(instance.state(), instance.resources()))
                .minus(ResourceUsage.of(InstanceState.SLEEPING, instance.resources()));
        var operation = new HostOperation.SleepInstance(instance.address().instance(), false);
        return down(away(instance), instance, operation, takes, gives, why);
    }

    private static Kind away(Observation.Instance instance) {
        return instance.state() == InstanceState.WARM ? Kind.WARM_AWAY : Kind.RUNNING_AWAY;
    }

    static Chain pause(Observation.Instance instance, StepReason why) {
        var operation = new HostOperation.PauseInstance(instance.address().instance());
        return down(Kind.PAUSE, instance, operation, ResourceUsage.WARM, ResourceUsage.RUNNING, why);
    }

    static Chain destroy(Observation.Instance instance, StepReason why) {
        var gives = ResourceUsage.of(instance.state(), instance.resources());
        var operation = new HostOperation.DestroyInstance(instance.address().instance());
        return down(Kind.PRUNE, instance, operation, ResourceUsage.NONE, gives, why);
    }

    static Chain resume(Observation.Instance instance, StepReason why) {
        return new Chain(
                Kind.RESUME,
                instance.address().poolAddress(),
                Optional.of(instance),
                List.of(new HostOperation.ResumeInstance(instance.address().instance())),
                ResourceUsage.RUNNING,
                ResourceUsage.WARM,
                Needs.TO_RUN,
                why);
    }

    /// The same, but paused at last.
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
                why);
    }
}
