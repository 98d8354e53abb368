package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceAddress;
import dev.mvm.model.NetId;
import dev.mvm.protocol.hostd.Observation;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// What there is.
///
/// @param instances by address; each once
/// @param networks that are as the state says
public record Seen(List<Observation.Instance> instances, Set<NetId> networks) {
    /// @param instances in any order
    public Seen {
        if (!inOrder(instances)) {
            instances = instances.stream()
                    .sorted(Comparator.comparing(Observation.Instance::address))
                    .toList();
        }
        networks = Set.copyOf(networks);
    }

    public static Seen of(Observation observation) {
        return new Seen(observation.instances(), Set.copyOf(observation.networks()));
    }

    /// As hostd gives them, they are.
    private static boolean inOrder(List<Observation.Instance> instances) {
        for (int i = 1; i < instances.size(); i++) {
            if (compare(instances.get(i - 1).address(), instances.get(i).address()) >= 0) {
                return false;
            }
        }
        return true;
    }

    /// The order of addresses, sooner done where tenant and pool are the same.
    private static int compare(InstanceAddress a, InstanceAddress b) {
        if (a.pool().equals(b.pool()) && a.tenant().equals(b.tenant())) {
            return a.instance().compareTo(b.instance());
        }
        return a.compareTo(b);
    }
}
