package dev.mvm.agentd.audit;

import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.Observation;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Whose an instance is, also while hostd does not answer, and before it has shown one that was just created.
/// Thread-safe.
public final class Addresses {
    private final LinkedHashMap<InstanceId, Known> created = new LinkedHashMap<>();
    private Map<InstanceId, Known> observed = Map.of();

    /// An instance as far as an audit wants to know it.
    ///
    /// @param asleep whether it has a snapshot
    record Known(InstanceAddress address, boolean asleep) {}

    /// What there is now.
    public synchronized void observed(Observation observation) {
        var next = new LinkedHashMap<InstanceId, Known>();
        for (var instance : observation.instances()) {
            var known = new Known(instance.address(), instance.state() == InstanceState.SLEEPING);
            next.put(instance.address().instance(), known);
        }
        observed = next;
        created.keySet().removeAll(next.keySet());
        while (created.size() > Observation.MAX_INSTANCES) { // none of them has come to be
            created.pollFirstEntry();
        }
    }

    synchronized void created(InstanceAddress address) {
        created.put(address.instance(), new Known(address, false));
    }

    synchronized Optional<Known> of(InstanceId id) {
        return Optional.ofNullable(observed.get(id)).or(() -> Optional.ofNullable(created.get(id)));
    }
}
