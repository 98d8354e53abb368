package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.Observation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The instances of one pool, those that are held in place or rest apart from the others. Each list is oldest first.
///
/// @param manual whose place an operator has chosen
/// @param resting which the policy lets rest
/// @param startable stopped ones, and such as have never run
record PoolMembers(
        List<Observation.Instance> manual,
        List<Observation.Instance> resting,
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
    /// @param pinned whether nothing of the pool rests
    static PoolMembers of(List<Observation.Instance> all, Policy policy, boolean pinned) {
        var out = none();
        for (var instance : all.stream().sorted(AGE).toList()) {
            var id = instance.address().instance();
            if (policy.manual().contains(id)) {
                out.manual.add(instance);
            } else if (!pinned && mayRest(instance) && policy.resting().containsKey(id)) {
                out.resting.add(instance);
            } else {
                out.free(instance);
            }
        }
        return out;
    }

    private static boolean mayRest(Observation.Instance instance) {
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

    /// The same with only the first `count` of those that rest; of the others, each is what its state says, and the
    /// first to go.
    PoolMembers restingAtMost(int count) {
        var out = new PoolMembers(
                manual,
                resting.subList(0, count),
                new ArrayList<>(running),
                new ArrayList<>(warm),
                new ArrayList<>(sleeping),
                startable);
        resting.subList(count, resting.size()).forEach(out::free);
        return out;
    }

    /// How many sleep, whether anybody holds them or not.
    int asleep() {
        return sleeping.size()
                + (int) manual.stream().filter(PoolMembers::sleeps).count()
                + (int) resting.stream().filter(PoolMembers::sleeps).count();
    }

    private static boolean sleeps(Observation.Instance instance) {
        return instance.state() == InstanceState.SLEEPING;
    }
}
