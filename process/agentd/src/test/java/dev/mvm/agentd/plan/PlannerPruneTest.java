package dev.mvm.agentd.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Launched;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.trust.Ceremony;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
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
                .filter(step -> step.operation() instanceof HostOperation.DestroyInstance)
                .map(Plan.Step::instance)
                .toList();
    }

    private static InstanceRecord stray(ModelHost host, String address, int offset) {
        var at = InstanceAddress.parse(address);
        var slot = new Slot(new NetId(at.tenant().equals(Ceremony.DEMO) ? 0 : 9), offset);
        var record = Launched.booted(InstanceRecord.created(at, slot, Ceremony.REVISION, States.SIZE), 1);
        host.records.put(at.instance(), record);
        return record;
    }

    private static List<String> steps(Plan plan) {
        return plan.steps().stream()
                .map(step -> step.operation().word() + " " + step.instance() + " "
                        + step.reason().words())
                .toList();
    }

    /// "Fewer pools" is how operators take instances away, by a grant.
    @Test
    @Tag("claim-T4")
    void whatHasMemoryInAPoolThatIsNoLongerNamed_isStopped_andKeepsItsVolumeAndItsSnapshot() {
        var host = PlannerTest.with(new Counts(1, 0, 0));
        var warm = stray(host, "demo/old/i-00000002", 21).reached(InstanceState.WARM, Optional.empty());
        host.records.put(warm.address().instance(), warm);
        var asleep = ModelHost.slept(stray(host, "demo/old/i-00000003", 22))
                .reached(InstanceState.SLEEPING, Optional.empty());
        host.records.put(asleep.address().instance(), asleep);
        stray(host, "demo/zzz/i-00000004", 23);
        assertThat(steps(host.plan()))
                .containsExactlyInAnyOrder(
                        "stop_instance demo/old/i-00000002 pool not in the signed state",
                        "stop_instance demo/zzz/i-00000004 pool not in the signed state");
        assertThat(steps(host.plan(Policy.holding(Set.of(InstanceId.of(2))))))
                .as("held by hand")
                .containsExactly("stop_instance demo/zzz/i-00000004 pool not in the signed state");
        host.converge();
        assertThat(host.records).hasSize(4);
        assertThat(host.in(InstanceState.STOPPED)).hasSize(2);
        assertThat(host.in(InstanceState.SLEEPING)).containsExactly(asleep);
    }

    /// A state does not name a tenant whose grant has expired, and what is frozen runs on.
    @Test
    @Tag("claim-T4")
    void tenantThatIsNoLongerNamed_isFrozen_andRunsOn() {
        var host = PlannerTest.with(new Counts(1, 0, 0));
        stray(host, "aaa/web/i-00000002", 21);
        stray(host, "zzz/web/i-00000003", 22);
        assertThat(host.plan().isEmpty()).isTrue();
    }

    @Test
    void poolThatItsGrantAllowsToBePinnedOrCritical_isSpared() {
        var host = PlannerTest.with(new Counts(1, 0, 0));
        stray(host, "demo/p1/i-00000002", 21);
        assertThat(steps(host.plan())).hasSize(1);
        var input = host.input(host.observe(), Policy.NONE);
        var granted = new DesiredState(input.desired().tenants(), Set.of(), Set.of(PoolAddress.parse("demo/p1")));
        assertThat(Planner.plan(new Planner.Input(granted, input.observed(), input.policy(), input.fresh()))
                        .isEmpty())
                .isTrue();
    }
}
