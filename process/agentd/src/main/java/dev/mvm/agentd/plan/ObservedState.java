package dev.mvm.agentd.plan;

import dev.mvm.model.NetId;
import dev.mvm.protocol.hostd.Observation;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// Observed state of a node: its instances, pool by pool, and its networks.
public final class ObservedState {
    private final List<Observation.Instance> instances;
    private final Set<NetId> networks;
    private final List<Group> groups;

    /// @param instances each once, in any order; hostd gives those of a pool together and pools by address, and
    ///     then nothing is sorted
    /// @param networks that are set up as the state demands
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

    /// The instances, those of a pool side by side, pools by address.
    public List<Observation.Instance> instances() {
        return instances;
    }

    public Set<NetId> networks() {
        return networks;
    }

    /// The pools, by address.
    List<Group> groups() {
        return groups;
    }
}
