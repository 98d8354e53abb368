package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceState;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.hostd.Observation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// The instances of one pool, apart from the others those that are held or idle. Each list is oldest first.
///
/// @param manual instances that an operator holds, or that have ended in a pool that restarts none
/// @param idle instances of the policy's idle set
/// @param startable instances that are stopped, or have never run
record PoolMembers(
        List<Observation.Instance> manual,
        List<Observation.Instance> idle,
        List<Observation.Instance> running,
        List<Observation.Instance> warm,
        List<Observation.Instance> sleeping,
        List<Observation.Instance> startable) {
    /// Reason with which hostd leaves an instance stopped whose VM has ended by itself.
    private static final String VMM_EXITED = "vmm_exited";

    /// Oldest first, with a tie broken by the id.
    private static final Comparator<Observation.Instance> AGE = Comparator.comparingLong(Observation.Instance::started)
            .thenComparing(instance -> instance.address().instance());

    private static PoolMembers none() {
        return new PoolMembers(
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>());
    }

    /// @param all the pool's instances
    /// @param flags of the pool: one that is pinned has no idle instances
    static PoolMembers of(List<Observation.Instance> all, Policy policy, Set<PoolFlag> flags) {
        boolean pinned = flags.contains(PoolFlag.PINNED);
        boolean restarts = !flags.contains(PoolFlag.NO_RESTART);
        var out = none();
        for (var instance : all.stream().sorted(AGE).toList()) {
            var id = instance.address().instance();
            if (policy.manual().contains(id) || (!restarts && hasEnded(instance))) {
                out.manual.add(instance);
            } else if (!pinned && mayBeIdle(instance) && policy.idle().containsKey(id)) {
                out.idle.add(instance);
            } else {
                out.free(instance);
            }
        }
        return out;
    }

    /// Returns whether the VM has ended by itself: hostd has seen its end, and has not been asked for it.
    private static boolean hasEnded(Observation.Instance instance) {
        return instance.state() == InstanceState.STOPPED
                && instance.reason()
                        .filter(reason -> reason.value().equals(VMM_EXITED))
                        .isPresent();
    }

    private static boolean mayBeIdle(Observation.Instance instance) {
        return instance.state().holdsMemory() || instance.state() == InstanceState.SLEEPING;
    }

    private void free(Observation.Instance instance) {
        switch (instance.state()) {
            case RUNNING -> running.add(instance);
            case WARM -> warm.add(instance);
            case SLEEPING -> sleeping.add(instance);
            case READY, STOPPED -> startable.add(instance);
            case CREATED, DESTROYED -> {} // hostd shows none
        }
    }

    static List<Observation.Instance> newest(List<Observation.Instance> oldestFirst, int count) {
        int size = oldestFirst.size();
        return oldestFirst.subList(size - Math.min(count, size), size).reversed();
    }

    /// The same members with only the first `count` idle ones. The other idle instances count by their state, and
    /// are the first to be put away.
    PoolMembers idleAtMost(int count) {
        var out = new PoolMembers(
                manual,
                idle.subList(0, count),
                new ArrayList<>(running),
                new ArrayList<>(warm),
                new ArrayList<>(sleeping),
                startable);
        idle.subList(count, idle.size()).forEach(out::free);
        return out;
    }

    /// Number of sleeping instances, held and idle ones included.
    int asleep() {
        return sleeping.size()
                + (int) manual.stream().filter(PoolMembers::sleeps).count()
                + (int) idle.stream().filter(PoolMembers::sleeps).count();
    }

    private static boolean sleeps(Observation.Instance instance) {
        return instance.state() == InstanceState.SLEEPING;
    }
}
