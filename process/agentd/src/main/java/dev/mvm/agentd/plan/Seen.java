package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceAddress;
import dev.mvm.model.NetId;
import dev.mvm.protocol.hostd.Observation;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// What there is.
///
/// @param instances each once, those of a pool together, pools by address
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

    /// As hostd gives them, they are. In which order those of one pool come makes no difference.
    private static boolean inOrder(List<Observation.Instance> instances) {
        for (int i = 1; i < instances.size(); i++) {
            if (!inOrder(instances.get(i - 1).address(), instances.get(i).address())) {
                return false;
            }
        }
        return true;
    }

    private static boolean inOrder(InstanceAddress before, InstanceAddress after) {
        int tenants =
                before.tenant().equals(after.tenant()) ? 0 : before.tenant().compareTo(after.tenant());
        int pools = before.pool().equals(after.pool()) ? 0 : before.pool().compareTo(after.pool());
        return tenants < 0 || (tenants == 0 && pools <= 0);
    }
}
