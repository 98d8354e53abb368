package dev.mvm.agentd.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.reconcile.PlanHashes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.trust.Ceremony;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PlanHashesTest {
    private final ModelHost host = new ModelHost(Set.of(), new Counts(2, 1, 0));
    private final PlanHashes hashes = new PlanHashes("reconcile", () -> Ceremony.NOW);

    @Test
    void samePlan_madeAgain_isAnotherPlan() {
        var steps = PlanHashes.operations(host.plan());
        var seen = new HashSet<Digest>();
        for (int i = 0; i < 100; i++) {
            assertThat(seen.add(hashes.of(Optional.of(Ceremony.SOME), host.observe(), steps)))
                    .isTrue();
        }
    }

    @Test
    void hash_isOfWhatWasObserved_andOfEachStep() {
        var steps = PlanHashes.operations(host.plan());
        assertThat(steps).hasSizeGreaterThan(3);
        var first = first(host, steps);
        assertThat(first(host, steps)).isEqualTo(first);
        assertThat(first(host, steps.reversed())).isNotEqualTo(first);
        assertThat(first(host, steps.subList(1, steps.size()))).isNotEqualTo(first);
        host.perform(host.plan(), List::copyOf);
        assertThat(first(host, steps)).isNotEqualTo(first);
    }

    /// The hash of the first plan of an agent.
    private static Digest first(ModelHost host, List<HostOperation> steps) {
        return new PlanHashes("reconcile", () -> Ceremony.NOW).of(Optional.of(Ceremony.SOME), host.observe(), steps);
    }
}
