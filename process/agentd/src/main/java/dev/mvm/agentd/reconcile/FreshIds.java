package dev.mvm.agentd.reconcile;

import dev.mvm.model.Counts;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.hostd.Observation;
import java.security.SecureRandom;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Instance ids that nothing on this node has.
final class FreshIds {
    private static final SecureRandom RANDOM = new SecureRandom();

    private FreshIds() {}

    /// Enough for a plan: each pool may at most be filled from nothing.
    static List<InstanceId> beside(Observation observed, int pools) {
        Set<InstanceId> taken = observed.instances().stream()
                .map(instance -> instance.address().instance())
                .collect(Collectors.toSet());
        var out = new LinkedHashSet<InstanceId>();
        while (out.size() < pools * 3 * Counts.MAX) {
            var id = InstanceId.of(RANDOM.nextInt());
            if (!taken.contains(id)) {
                out.add(id);
            }
        }
        return List.copyOf(out);
    }
}
