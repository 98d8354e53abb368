package dev.mvm.agentd.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Launched;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Slot;
import dev.mvm.protocol.trust.Ceremony;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Plans at the limit of the tenant's quotas.
final class PlannerQuotaTest {
    @Test
    void whatIsGivenUp_makesRoomInALaterWave() {
        var counts = List.of(new Counts(2, 0, 0), new Counts(0, 0, 0));
        var before = new Counts[] {counts.get(0), counts.get(1)};
        var after = new Counts[] {counts.get(1), counts.get(0)};
        var host = new ModelHost(States.of(States.tight(before), before), Ceremony.NOW);
        host.converge();
        var swapped = host.under(States.of(new Quotas(2, 256, 2, 0, 2, 2, 4, Quotas.UNLIMITED), after));
        var plan = swapped.plan();
        assertThat(plan.waves().getFirst().steps())
                .extracting(step -> step.operation().word())
                .containsOnly("stop_instance");
        assertThat(plan.steps().subList(2, plan.steps().size())).allMatch(Plan.Step::needsRoom);
        swapped.converge();
        assertThat(swapped.in(InstanceState.RUNNING))
                .allMatch(r -> r.address().pool().value().equals("p1"));
    }

    @Test
    void whatIsToBeWarm_runsFirst_ifThereIsNoPlaceForItLater() {
        var tight = new Counts(2, 1, 0);
        var host = new ModelHost(States.of(States.tight(tight), tight), Ceremony.NOW);
        assertThat(host.plan().shortfalls()).isEmpty();
        host.converge();
        assertThat(host.in(InstanceState.WARM)).hasSize(1);
        assertThat(host.in(InstanceState.RUNNING)).hasSize(2);
    }

    @Test
    void whatQuotasHaveNoRoomFor_isAShortfall_andNotAStep() {
        var counts = new Counts(2, 0, 0);
        var host = new ModelHost(States.of(States.tight(counts), counts), Ceremony.NOW);
        host.converge();
        var other = InstanceAddress.parse("demo/p0/i-00000001");
        host.change(host.records.keySet().iterator().next(), PlannerTest::stopped);
        host.records.put(
                other.instance(),
                Launched.booted(
                        InstanceRecord.created(
                                InstanceAddress.parse("demo/old/i-00000001"),
                                new Slot(new NetId(0), 90),
                                Ceremony.REVISION,
                                States.SIZE),
                        1));
        assertThat(host.converge().shortfalls())
                .containsExactly(new Plan.Shortfall(PlannerTest.FIRST, UnmetReason.MAX_RUNNING, 1));
    }
}
