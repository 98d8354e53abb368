package dev.mvm.agentd.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Launched;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.Slot;
import dev.mvm.protocol.trust.Ceremony;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Plans for instances that the state does not name.
final class PlannerPruneTest {
    @Test
    void unknownTenantsAndPools_arePrunedOnlyWhenToldTo_andSparedIfTheyMayBePinned() {
        var host = PlannerTest.with(new Counts(1, 0, 0));
        var strayTenant = InstanceAddress.parse("gone/web/i-00000001");
        var strayPool = InstanceAddress.parse("demo/old/i-00000002");
        var pinnable = InstanceAddress.parse("demo/p1/i-00000003");
        int offset = 20;
        for (var address : List.of(strayTenant, strayPool, pinnable)) {
            var slot = new Slot(new NetId(address.equals(strayTenant) ? 9 : 0), offset++);
            host.records.put(
                    address.instance(),
                    Launched.booted(InstanceRecord.created(address, slot, Ceremony.REVISION, States.SIZE), 1));
        }
        assertThat(host.plan().isEmpty()).isTrue();
        assertThat(pruned(host, new Policy.Prune(true, false), Set.of())).containsExactly(strayTenant);
        assertThat(pruned(host, new Policy.Prune(false, true), Set.of())).containsExactly(strayPool, pinnable);
        assertThat(pruned(host, new Policy.Prune(true, true), Set.of(strayTenant.instance(), strayPool.instance())))
                .as("held by hand")
                .containsExactly(pinnable);
        var granted = new DesiredState(
                host.installed.state().value().tenants(), Set.of(), Set.of(PoolAddress.parse("demo/p1")));
        var input = host.input(host.observe(), pruning(new Policy.Prune(true, true), Set.of()));
        assertThat(Planner.plan(new Planner.Input(granted, input.observed(), input.policy(), input.fresh()))
                        .steps())
                .extracting(Plan.Step::instance)
                .containsExactlyInAnyOrder(strayTenant, strayPool);
        assertThat(DesiredState.of(host.installed, Ceremony.NOW).spared()).containsExactly(PlannerTest.FIRST);
        host.converge(pruning(new Policy.Prune(true, true), Set.of()));
        assertThat(host.records).hasSize(1);
    }

    private static Policy pruning(Policy.Prune prune, Set<InstanceId> held) {
        return new Policy(held, Map.of(), prune, Set.of());
    }

    private static List<InstanceAddress> pruned(ModelHost host, Policy.Prune prune, Set<InstanceId> held) {
        return host.plan(pruning(prune, held)).steps().stream()
                .map(Plan.Step::instance)
                .toList();
    }
}
