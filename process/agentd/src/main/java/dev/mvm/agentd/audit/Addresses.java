package dev.mvm.agentd.audit;

import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.Observation;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Addresses of instances by id, also while hostd does not answer, and before it has shown an instance that was
/// just created. Thread-safe.
public final class Addresses {
    private final LinkedHashMap<InstanceId, Known> created = new LinkedHashMap<>();
    private Map<InstanceId, Known> observed = Map.of();

    /// Facts about an instance that audits need.
    ///
    /// @param asleep whether the instance has a snapshot
    record Known(InstanceAddress address, boolean asleep) {}

    /// Takes a new observation.
    public synchronized void observed(Observation observation) {
        var next = new LinkedHashMap<InstanceId, Known>();
        for (var instance : observation.instances()) {
            var known = new Known(instance.address(), instance.state() == InstanceState.SLEEPING);
            next.put(instance.address().instance(), known);
        }
        observed = next;
        created.keySet().removeAll(next.keySet());
        while (created.size() > Observation.MAX_INSTANCES) { // such instances were never observed
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
