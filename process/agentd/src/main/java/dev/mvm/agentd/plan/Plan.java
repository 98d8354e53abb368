package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceAddress;
import dev.mvm.protocol.hostd.HostOperation;
import java.util.List;

/// Steps towards the desired state. The three parts follow one another, so that what is given up makes room for
/// what is wanted; the chains of one part are independent of each other.
///
/// @param networks tenants' networks to make first
/// @param down chains that end something
/// @param up chains that bring something up
public record Plan(List<HostOperation.SetupNetwork> networks, List<Chain> down, List<Chain> up) {
    public static final Plan NOTHING = new Plan(List.of(), List.of(), List.of());

    /// Steps on one instance, each of which needs the one before it.
    ///
    /// @param why for people: what made the planner want this
    public record Chain(InstanceAddress instance, List<HostOperation> steps, String why) {
        public Chain {
            steps = List.copyOf(steps);
        }
    }

    public Plan {
        networks = List.copyOf(networks);
        down = List.copyOf(down);
        up = List.copyOf(up);
    }

    public boolean isEmpty() {
        return networks.isEmpty() && down.isEmpty() && up.isEmpty();
    }
}
