package dev.mvm.agentd.reconcile;

import dev.mvm.model.InstanceId;
import dev.mvm.protocol.hostd.Observation;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;

/// Endless instance ids that no instance of this node has, each once.
final class FreshIds implements Iterator<InstanceId> {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Set<InstanceId> taken = new HashSet<>();

    private FreshIds() {}

    static FreshIds beside(Observation observed) {
        var ids = new FreshIds();
        observed.instances()
                .forEach(instance -> ids.taken.add(instance.address().instance()));
        return ids;
    }

    @Override
    public boolean hasNext() {
        return true; // a node has 4096 of 2^32
    }

    @Override
    public InstanceId next() {
        while (true) {
            var id = InstanceId.of(RANDOM.nextInt());
            if (taken.add(id)) {
                return id;
            }
        }
    }
}
