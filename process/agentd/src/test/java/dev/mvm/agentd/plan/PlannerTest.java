package dev.mvm.agentd.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceState;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Quotas;
import dev.mvm.model.Resources;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.trust.Ceremony;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Plans, case by case, carried out under hostd's own policy.
final class PlannerTest {
    private static final Digest OTHER = Digest.of(new byte[] {7});
    private static final Digest OLD = OTHER;
    static final PoolAddress FIRST = PoolAddress.parse("demo/p0");

    static ModelHost with(Counts... pools) {
        var host = new ModelHost(Set.of(), pools);
        host.converge();
        return host;
    }

    private static ModelHost next(ModelHost before, Set<PoolFlag> flags, Counts counts) {
        return before.under(States.of(flags, counts));
    }

    static InstanceRecord stopped(InstanceRecord record) {
        return record.reached(InstanceState.STOPPED, Optional.empty());
    }

    @Test
    void emptyHost_isBroughtUpInOnePlan() {
        var host = with(new Counts(2, 1, 0));
        assertThat(host.in(InstanceState.RUNNING)).hasSize(2);
        assertThat(host.in(InstanceState.WARM)).hasSize(1);
        assertThat(host.networks).containsExactly(new NetId(0));
        assertThat(host.records.values()).extracting(r -> r.slot().offset()).containsExactlyInAnyOrder(3, 4, 5);
        assertThat(host.plan()).isEqualTo(Plan.NOTHING);
    }

    @Test
    void tooFew_sleepingAreWoken_thenWarmResumed_thenStoppedStarted_thenNewOnesMade() {
        var host = with(new Counts(3, 0, 0));
        var fewer = host.under(new Counts(0, 1, 1));
        fewer.converge();
        assertThat(fewer.in(InstanceState.STOPPED)).hasSize(1);
        var more = fewer.under(new Counts(4, 1, 0));
        var plan = more.plan();
        assertThat(ModelHost.words(plan))
                .containsExactly(
                        "Wake",
                        "Resume",
                        "AttachDrives+Start",
                        "Create+AttachDrives+Start",
                        "Create+AttachDrives+Start+Pause");
        more.converge();
        var two = fewer.under(new Counts(2, 1, 0));
        assertThat(ModelHost.words(two.plan())).containsExactly("Wake", "Resume", "AttachDrives+Start+Pause");
    }

    @Test
    void warmOneThatWouldBePutAway_isResumedBeforeAnyIsWoken() {
        var host = with(new Counts(3, 0, 0)).under(new Counts(1, 1, 1));
        host.converge();
        assertThat(ModelHost.words(host.under(new Counts(2, 0, 1)).plan())).containsExactly("Resume");
        assertThat(ModelHost.words(host.under(new Counts(2, 1, 0)).plan())).containsExactly("Wake");
    }

    @Test
    void tooMany_newestToWarm_thenToSleep_thenStopped() {
        var host = with(new Counts(4, 0, 0));
        var fewer = host.under(new Counts(1, 1, 1));
        var plan = fewer.plan();
        assertThat(ModelHost.words(plan)).containsExactlyInAnyOrder("Pause", "Sleep", "Stop");
        fewer.converge();
        assertThat(fewer.in(InstanceState.WARM).getFirst().started())
                .isGreaterThan(fewer.in(InstanceState.SLEEPING).getFirst().started());
        assertThat(fewer.in(InstanceState.SLEEPING).getFirst().started())
                .isGreaterThan(fewer.in(InstanceState.STOPPED).getFirst().started());
        var none = fewer.under(new Counts(1, 0, 2));
        assertThat(ModelHost.words(none.plan())).as("the warm one").containsExactly("Sleep");
        none.converge();
    }

    @Test
    void newestGoesFirst() {
        var host = with(new Counts(3, 0, 0));
        var newest = host.records.values().stream()
                .max(Comparator.comparingLong(InstanceRecord::started))
                .orElseThrow();
        assertThat(host.under(new Counts(2, 0, 0)).plan().steps())
                .extracting(Plan.Step::instance)
                .containsExactly(newest.address());
    }

    @Test
    void sleepingOnesBeyondTheirCount_areWokenToBeWarm_andNeverGivenUp() {
        var asleep = with(new Counts(3, 0, 0)).under(new Counts(1, 0, 2));
        asleep.converge();
        assertThat(ModelHost.words(asleep.under(new Counts(1, 1, 1)).plan())).containsExactly("Wake+Pause");
        assertThat(ModelHost.words(asleep.under(new Counts(1, 1, 2)).plan()))
                .as("they are wanted asleep")
                .containsExactly("Create+AttachDrives+Start+Pause");
        assertThat(asleep.under(new Counts(1, 0, 0)).plan()).isEqualTo(Plan.NOTHING);
    }

    @Test
    void noneIsBootedOnlyToSleep_andWithoutAKeyNothingSleepsOrWakes() {
        var host = with(new Counts(2, 0, 0));
        assertThat(host.under(new Counts(2, 0, 2)).plan()).isEqualTo(Plan.NOTHING);
        var quotas = new Quotas(10, 5120, 10, 10, 4, 10, 100, Quotas.UNLIMITED);
        var keyless = States.of(quotas, Set.of(), KeyPurpose.VOLUME, States.SIZE, new Counts(1, 0, 1));
        assertThat(ModelHost.words(host.under(keyless).plan())).containsExactly("Stop");
        host.records.values().forEach(r -> host.change(r.address().instance(), ModelHost::slept));
        assertThat(ModelHost.words(host.under(keyless).plan()))
                .as("the places are taken by what sleeps")
                .isEmpty();
        assertThat(host.under(keyless).plan().shortfalls())
                .containsExactly(new Plan.Shortfall(FIRST, UnmetReason.COUNT, 1));
    }

    @Test
    void instanceThatAnOperatorPutSomewhere_isNeitherBroughtBackNorReplaced() {
        var host = with(new Counts(1, 0, 1));
        var id = host.only();
        host.change(id, ModelHost::slept);
        assertThat(host.plan(Set.of(id))).isEqualTo(Plan.NOTHING);
        assertThat(ModelHost.words(host.plan())).containsExactly("Wake");
        var stopped = with(new Counts(1, 0, 0));
        stopped.change(stopped.only(), PlannerTest::stopped);
        assertThat(stopped.plan(Set.of(stopped.only()))).isEqualTo(Plan.NOTHING);
        assertThat(ModelHost.words(stopped.plan())).containsExactly("AttachDrives+Start");
    }

    @Test
    void sleepingInstanceOfAnEarlierRevision_isNotWokenForACount() {
        var host = with(new Counts(1, 0, 1));
        host.change(host.only(), record -> ModelHost.slept(record.attached(OLD, States.SIZE)));
        assertThat(ModelHost.words(host.converge())).containsExactly("Create+AttachDrives+Start");
    }

    @Test
    void sleepingInstanceWhoseSnapshotDoesNotOpen_isNotTriedAgainForACount() {
        for (var reason : List.of("snapshot_altered", "snapshot_wrong_epoch", "snapshot_wrong_machine")) {
            var host = with(new Counts(1, 0, 1));
            host.change(host.only(), record -> asleepBecause(record, reason));
            assertThat(ModelHost.words(host.plan())).as(reason).containsExactly("Create+AttachDrives+Start");
        }
        var host = with(new Counts(1, 0, 1));
        host.change(host.only(), record -> asleepBecause(record, "no_network"));
        assertThat(ModelHost.words(host.plan())).containsExactly("Wake");
    }

    private static InstanceRecord asleepBecause(InstanceRecord record, String reason) {
        return ModelHost.slept(record).reached(InstanceState.SLEEPING, Optional.of(new Label(reason)));
    }

    @Test
    void snapshotOfAnotherMachine_isHeld_orGivenUpForAColdBoot_asItsPoolSays() {
        var host = with(new Counts(1, 0, 0));
        host.change(host.only(), record -> asleepBecause(record, "snapshot_wrong_machine"));
        assertThat(host.plan().steps()).as("held").isEmpty();
        assertThat(host.plan().shortfalls()).containsExactly(new Plan.Shortfall(FIRST, UnmetReason.COUNT, 1));
        var coldBoot = new Policy(Set.of(), Map.of(), Policy.Prune.NOTHING, Set.of(FIRST));
        var plan = host.converge(coldBoot);
        assertThat(ModelHost.words(plan)).containsExactly("Stop+AttachDrives+Start");
        assertThat(plan.steps()).extracting(Plan.Step::reason).containsOnly(StepReason.SNAPSHOT_UNFIT);
        host.change(host.only(), record -> asleepBecause(record, "snapshot_altered"));
        assertThat(host.plan(coldBoot).steps()).as("its volume has data").isEmpty();
    }

    @Test
    void frozenTenant_isOnlyScaledDown_andSaysWhatItLacks() {
        var host = with(new Counts(2, 1, 0));
        var late = host.installed.state().value().expires();
        var up = host.at(States.of(Set.of(), new Counts(4, 1, 0)), late);
        assertThat(up.plan().isEmpty()).isTrue();
        assertThat(up.plan().shortfalls()).containsExactly(new Plan.Shortfall(FIRST, UnmetReason.FROZEN, 2));
        var down = host.at(States.of(Set.of(), new Counts(1, 1, 1)), late);
        assertThat(ModelHost.words(down.converge())).containsExactly("Sleep");
        var warm = host.at(States.of(Set.of(), new Counts(2, 0, 1)), late);
        assertThat(warm.converge().shortfalls())
                .as("its guest would run to be asked")
                .containsExactly(new Plan.Shortfall(FIRST, UnmetReason.FROZEN, 1));
    }

    @Test
    void pinnedPool_isNotScaledDown_andCriticalPool_isLeftAlone() {
        var host = with(new Counts(2, 1, 0));
        for (var flag : List.of(PoolFlag.PINNED, PoolFlag.CRITICAL)) {
            assertThat(next(host, Set.of(flag), new Counts(1, 0, 0)).plan().steps())
                    .isEmpty();
            var larger = next(host, Set.of(flag), new Counts(3, 1, 0));
            assertThat(ModelHost.words(larger.plan()))
                    .isEqualTo(
                            flag == PoolFlag.PINNED ? List.of("Resume", "Create+AttachDrives+Start+Pause") : List.of());
        }
    }

    @Test
    void microVmThatHasEnded_staysStopped_whereItsPoolRestartsNone() {
        var host = new ModelHost(Set.of(PoolFlag.NO_RESTART), new Counts(2, 0, 0));
        host.converge();
        var ended = host.records.keySet().iterator().next();
        var stopped = host.records.get(ended).reached(InstanceState.STOPPED, Optional.empty());
        host.records.put(ended, stopped.because(new Label("vmm_exited")));
        assertThat(host.plan()).isEqualTo(Plan.NOTHING);
        assertThat(ModelHost.words(next(host, Set.of(PoolFlag.NO_RESTART), new Counts(3, 0, 0))
                        .plan()))
                .as("it keeps its place")
                .containsExactly("Create+AttachDrives+Start");
        assertThat(next(host, Set.of(PoolFlag.NO_RESTART), new Counts(0, 0, 0))
                        .plan()
                        .steps())
                .as("the other is stopped")
                .hasSize(1);
        assertThat(next(host, Set.of(), new Counts(2, 0, 0)).plan().steps())
                .as("without the flag it is started")
                .isNotEmpty();
        host.records.put(ended, stopped);
        assertThat(host.plan().steps()).as("somebody has stopped it").isNotEmpty();
    }

    @Test
    void whatRests_isPutThere_andKeepsThePlaceOfARunningOne() {
        var host = with(new Counts(3, 0, 0));
        var ids = List.copyOf(host.records.keySet());
        var rest = new Policy.IdleTarget(InstanceState.WARM, StepReason.IDLE);
        var deep = new Policy.IdleTarget(InstanceState.SLEEPING, StepReason.PRESSURE);
        var policy = new Policy(Set.of(), Map.of(ids.get(0), rest, ids.get(1), deep), Policy.Prune.NOTHING, Set.of());
        var plan = host.converge(policy);
        assertThat(ModelHost.words(plan)).containsExactlyInAnyOrder("Pause", "Sleep");
        assertThat(plan.steps())
                .extracting(Plan.Step::reason)
                .containsExactlyInAnyOrder(StepReason.IDLE, StepReason.PRESSURE);
        assertThat(ModelHost.words(host.plan()))
                .as("when it need not rest any more")
                .containsExactly("Wake", "Resume");
        assertThat(host.under(new Counts(2, 0, 0)).plan(policy)).isEqualTo(Plan.NOTHING);
        var fewer = host.under(new Counts(1, 0, 0));
        assertThat(ModelHost.words(fewer.plan(policy)))
                .as("first what rests beyond the count")
                .containsExactly("Stop");
        assertThat(fewer.plan(policy).steps().getFirst().instance().instance()).isEqualTo(ids.get(0));
        assertThat(next(host, Set.of(PoolFlag.PINNED), new Counts(3, 0, 0))
                        .plan(policy)
                        .steps())
                .as("a pinned pool does not rest")
                .hasSize(2);
    }

    @Test
    void instanceWithAnOldRevision_getsTheCurrentOneWhenItStarts() {
        var host = with(new Counts(1, 0, 0));
        var id = host.only();
        host.change(id, record -> stopped(record.attached(OLD, States.SIZE)));
        host.attached.add(id);
        assertThat(ModelHost.words(host.converge())).containsExactly("AttachDrives+Start");
        assertThat(host.records.get(id).revision()).isEqualTo(Ceremony.REVISION);
    }

    @Test
    void volumeThatWouldHaveToShrink_isNotTried() {
        var host = with(new Counts(1, 0, 0));
        var larger = new Resources(1, 128, 9);
        host.change(host.only(), record -> stopped(record.attached(Ceremony.REVISION, larger)));
        assertThat(ModelHost.words(host.converge())).containsExactly("Create+AttachDrives+Start");
    }

    @Test
    void everythingDown_stopsWhatIsInMemory() {
        var host = with(new Counts(2, 1, 0));
        assertThat(Planner.everythingDown(host.observe()).steps())
                .hasSize(3)
                .allMatch(step -> step.reason() == StepReason.MACHINE_STOPS);
        host.perform(Planner.everythingDown(host.observe()), List::copyOf);
        assertThat(Planner.everythingDown(host.observe())).isEqualTo(Plan.NOTHING);
    }
}
