package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.Observation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The instances of one pool, apart from the others those that are held or idle. Each list is oldest first.
///
/// @param manual instances that an operator holds
/// @param idle instances of the policy's idle set
/// @param startable instances that are stopped, or have never run
record PoolMembers(
        List<Observation.Instance> manual,
        List<Observation.Instance> idle,
        List<Observation.Instance> running,
        List<Observation.Instance> warm,
        List<Observation.Instance> sleeping,
        List<Observation.Instance> startable) {
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
    /// @param pinned whether the pool has no idle instances by its flag
    static PoolMembers of(List<Observation.Instance> all, Policy policy, boolean pinned) {
        var out = none();
        for (var instance : all.stream().sorted(AGE).toList()) {
            var id = instance.address().instance();
            if (policy.manual().contains(id)) {
                out.manual.add(instance);
            } else if (!pinned && mayBeIdle(instance) && policy.idle().containsKey(id)) {
                out.idle.add(instance);
            } else {
                out.free(instance);
            }
        }
        return out;
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
