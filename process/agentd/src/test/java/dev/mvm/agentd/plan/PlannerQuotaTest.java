package dev.mvm.agentd.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Launched;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Slot;
import dev.mvm.protocol.trust.Ceremony;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    private static Quotas asleep(int sleepingMemMib) {
        return new Quotas(4, 512, 4, 4, 2, 4, 8, sleepingMemMib);
    }

    /// An instance of 128 MiB that runs, and one that sleeps in a pool that the state does not name.
    private static ModelHost besideASleeper() {
        var host = new ModelHost(States.of(asleep(512), new Counts(1, 0, 0)), Ceremony.NOW);
        host.converge();
        var other = InstanceAddress.parse("demo/old/i-00000001");
        var slot = new Slot(new NetId(0), 90);
        var boots = Launched.booted(InstanceRecord.created(other, slot, Ceremony.REVISION, States.SIZE), 1);
        host.records.put(other.instance(), ModelHost.slept(boots));
        return host;
    }

    @Test
    void sleepWithoutRoom_isAShortfall_andTheInstanceRunsOn() {
        var counts = new Counts(0, 0, 1);
        var full = besideASleeper().under(States.of(asleep(255), counts));
        assertThat(full.plan().steps()).isEmpty();
        assertThat(full.converge().shortfalls())
                .containsExactly(new Plan.Shortfall(PlannerTest.FIRST, UnmetReason.MAX_SLEEPING_MEM_MIB, 1));
        assertThat(full.in(InstanceState.RUNNING)).hasSize(1);
        var room = full.under(States.of(asleep(256), counts));
        assertThat(room.converge().shortfalls()).isEmpty();
        assertThat(room.in(InstanceState.SLEEPING)).hasSize(2);
    }

    /// It is idle, and nobody misses it asleep: the agent waits until there is room.
    @Test
    void idleInstanceWithoutRoomToSleep_staysAsItIs() {
        var full = besideASleeper().under(States.of(asleep(255), new Counts(1, 0, 0)));
        var id = full.in(InstanceState.RUNNING).getFirst().address().instance();
        var toWarm = resting(id, InstanceState.WARM);
        var toSleep = resting(id, InstanceState.SLEEPING);
        assertThat(full.converge(toSleep)).isEqualTo(Plan.NOTHING);
        full.converge(toWarm);
        assertThat(full.in(InstanceState.WARM)).hasSize(1);
        assertThat(full.converge(toSleep)).isEqualTo(Plan.NOTHING);
        var room = full.under(States.of(asleep(256), new Counts(1, 0, 0)));
        room.converge(toSleep);
        assertThat(room.in(InstanceState.SLEEPING)).hasSize(2);
    }

    private static Policy resting(InstanceId id, InstanceState state) {
        return new Policy(
                Set.of(), Map.of(id, new Policy.IdleTarget(state, StepReason.IDLE)), Policy.Prune.NOTHING, Set.of());
    }

    @Test
    void wake_makesRoomForASleepInALaterWave() {
        var one = new Counts(1, 0, 0);
        var asleep = new Counts(0, 0, 1);
        var host = new ModelHost(States.of(asleep(128), one, one), Ceremony.NOW);
        host.converge();
        var half = host.under(States.of(asleep(128), one, asleep));
        half.converge();
        var swapped = half.under(States.of(asleep(128), asleep, one));
        var plan = swapped.converge();
        assertThat(plan.shortfalls()).isEmpty();
        assertThat(plan.waves())
                .extracting(wave -> wave.steps().getFirst().operation().word())
                .containsExactly("wake_instance", "sleep_instance");
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
        var held = Policy.holding(Set.of(other.instance())); // otherwise it is stopped
        assertThat(host.converge(held).shortfalls())
                .containsExactly(new Plan.Shortfall(PlannerTest.FIRST, UnmetReason.MAX_RUNNING, 1));
    }
}
