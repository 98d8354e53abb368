package dev.mvm.agentd.plan;

import dev.mvm.model.NetId;
import dev.mvm.protocol.hostd.Observation;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// What there is.
public final class ObservedState {
    private final List<Observation.Instance> instances;
    private final Set<NetId> networks;
    private final List<Group> groups;

    /// @param instances each once, in any order; hostd gives those of a pool together and pools by address, and then
    ///     nothing is sorted
    /// @param networks that are as the state says
    public ObservedState(List<Observation.Instance> instances, Set<NetId> networks) {
        var as = instances;
        var together = Group.all(as);
        if (together.isEmpty()) {
            as = instances.stream()
                    .sorted(Comparator.comparing(Observation.Instance::address))
                    .toList();
            together = Group.all(as);
        }
        this.instances = as;
        this.groups = together.orElseThrow();
        this.networks = Set.copyOf(networks);
    }

    public static ObservedState of(Observation observation) {
        return new ObservedState(observation.instances(), Set.copyOf(observation.networks()));
    }

    /// Those of a pool together, pools by address.
    public List<Observation.Instance> instances() {
        return instances;
    }

    public Set<NetId> networks() {
        return networks;
    }

    /// By address.
    List<Group> groups() {
        return groups;
    }
}
