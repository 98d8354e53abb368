package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.hostd.Observation;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// The instances of one pool, those that an operator holds in place apart from the rest. Each list is oldest first.
record Members(
        List<Observation.Instance> manual,
        List<Observation.Instance> running,
        List<Observation.Instance> warm,
        List<Observation.Instance> sleeping,
        List<Observation.Instance> startable) {

    /// Oldest first, with a tie broken by the id.
    private static final Comparator<Observation.Instance> AGE = Comparator.comparingLong(Observation.Instance::started)
            .thenComparing(instance -> instance.address().instance());

    static Members of(PoolAddress pool, Collection<Observation.Instance> all, Set<InstanceId> held) {
        var sorted = all.stream()
                .filter(instance -> instance.address().poolAddress().equals(pool))
                .sorted(AGE)
                .toList();
        Predicate<Observation.Instance> manual =
                instance -> held.contains(instance.address().instance());
        return new Members(
                sorted.stream().filter(manual).toList(),
                free(sorted, manual, Set.of(InstanceState.RUNNING)),
                free(sorted, manual, Set.of(InstanceState.WARM)),
                free(sorted, manual, Set.of(InstanceState.SLEEPING)),
                free(sorted, manual, Set.of(InstanceState.READY, InstanceState.STOPPED)));
    }

    /// How many sleep, whether anybody holds them or not.
    int asleep() {
        long held = manual.stream()
                .filter(instance -> instance.state() == InstanceState.SLEEPING)
                .count();
        return sleeping.size() + (int) held;
    }

    private static List<Observation.Instance> free(
            List<Observation.Instance> sorted, Predicate<Observation.Instance> manual, Set<InstanceState> states) {
        return sorted.stream()
                .filter(manual.negate())
                .filter(instance -> states.contains(instance.state()))
                .toList();
    }
}
