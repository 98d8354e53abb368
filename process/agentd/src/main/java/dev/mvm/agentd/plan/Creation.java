package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceId;
import dev.mvm.protocol.hostd.Observation;
import java.util.Iterator;
import java.util.Optional;

/// Identities for what a plan makes, as long as the node takes more. Instances that the plan destroys are not counted
/// off: hostd may come to that later.
final class Creation {
    private final Iterator<InstanceId> fresh;
    private int instances;

    /// @param fresh ids that nothing on this node has, without end
    Creation(Iterator<InstanceId> fresh, int instances) {
        this.fresh = fresh;
        this.instances = instances;
    }

    Optional<UnmetReason> lack() {
        return instances < Observation.MAX_INSTANCES ? Optional.empty() : Optional.of(UnmetReason.NODE_FULL);
    }

    int instances() {
        return instances;
    }

    /// Takes back what was made since there were `before`.
    void backTo(int before) {
        instances = before;
    }

    InstanceId next() {
        instances++;
        return fresh.next();
    }
}
