package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceId;
import dev.mvm.protocol.hostd.Observation;
import java.util.Iterator;
import java.util.Optional;

/// Ids for the instances that a plan creates, up to the limit of the node. Instances that the plan destroys still
/// count: hostd may destroy them later.
final class Creation {
    private final Iterator<InstanceId> fresh;
    private int instances;

    /// @param fresh ids that nothing on this node has, without end
    Creation(Iterator<InstanceId> fresh, int instances) {
        this.fresh = fresh;
        this.instances = instances;
    }

    Optional<UnmetReason> unmet() {
        return instances < Observation.MAX_INSTANCES ? Optional.empty() : Optional.of(UnmetReason.NODE_FULL);
    }

    int instances() {
        return instances;
    }

    /// Forgets the instances that were created since there were `before`.
    void backTo(int before) {
        instances = before;
    }

    InstanceId next() {
        instances++;
        return fresh.next();
    }
}
