package dev.mvm.hostd.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.hostd.registry.Sleep;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.trust.NodeState;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Sleep and wake as hostd decides and records them.
final class HostSleepTest {
    private final HostFixture fixture = HostFixture.withSnapshots();
    private final InstanceId id = fixture.running();

    private HostReply sleep() {
        return fixture.perform(new HostOperation.SleepInstance(id, false));
    }

    private HostReply wake() {
        return fixture.perform(new HostOperation.WakeInstance(id));
    }

    private static HostReply failed(String step) {
        return new HostReply.Failed(new Label(step), 5);
    }

    private void is(InstanceState state, String reason) {
        var record = fixture.registry.find(id).orElseThrow();
        assertThat(record.state()).isEqualTo(state);
        assertThat(record.intent()).isEmpty();
        assertThat(record.reason().map(Label::value).orElse("")).isEqualTo(reason);
        assertThat(fixture.machines.state(id).isPresent()).isEqualTo(state.holdsMemory());
        assertThat(fixture.machines.snapshots.containsKey(id)).isEqualTo(state == InstanceState.SLEEPING);
    }

    private Sleep slept() {
        return fixture.registry.find(id).orElseThrow().sleep();
    }

    /// The sealer of an earlier sleep has taken its mount along; nothing is asked of the guest then.
    @Test
    void vmWithoutItsMount_doesNotSleep_untilItWasStartedAfresh() {
        fixture.machines.guestHasMount = false;
        fixture.machines.guestSleeps = false; // it would say so
        assertThat(sleep()).isEqualTo(new HostReply.Refused(new Label("cannot_sleep")));
        assertThat(fixture.machines.state(id)).contains(InstanceState.RUNNING);
    }

    @Test
    void instance_sleepsAndWakes_againAndAgain() {
        long before = 0;
        for (int i = 0; i < 3; i++) {
            assertThat(sleep()).isEqualTo(new HostReply.Done());
            is(InstanceState.SLEEPING, "");
            assertThat(slept().epoch()).isGreaterThan(before);
            assertThat(slept().bytes()).isEqualTo(4096);
            before = slept().epoch();
            assertThat(sleep()).isEqualTo(Refusal.NOT_PERMITTED_NOW.reply());
            assertThat(wake()).isEqualTo(new HostReply.Done());
            is(InstanceState.RUNNING, "");
            assertThat(slept().mayWake()).isFalse();
            assertThat(wake()).isEqualTo(Refusal.NOT_PERMITTED_NOW.reply());
        }
        var audited = String.join("", fixture.audited());
        assertThat(audited).contains("\"sleep_instance\"").contains("\"wake_instance\"");
    }

    @Test
    @Tag("claim-S4")
    void snapshotOfAnEarlierSleep_isNotWoken() {
        sleep();
        long epoch = slept().epoch();
        wake();
        sleep();
        fixture.machines.snapshots.put(id, epoch); // somebody has put a copy back
        assertThat(wake())
                .isInstanceOfSatisfying(
                        HostReply.Failed.class,
                        reply -> assertThat(reply.call().value()).isEqualTo("snapshot_wrong_epoch"));
        is(InstanceState.SLEEPING, "snapshot_wrong_epoch");
    }

    /// An agent may destroy an instance and give its identity again; a copy of the former one's snapshot stays a copy.
    @Test
    @Tag("claim-S4")
    void snapshotOfADestroyedInstance_isNotWokenByOneOfTheSameIdentity() {
        sleep();
        long epoch = slept().epoch();
        fixture.done(new HostOperation.DestroyInstance(id));
        fixture.start();
        fixture.done(HostFixture.plan(id, 3));
        fixture.done(new HostOperation.AttachDrives(id));
        fixture.done(new HostOperation.StartInstance(id));
        assertThat(sleep()).isEqualTo(new HostReply.Done());
        assertThat(slept().epoch()).isGreaterThan(epoch);
        fixture.machines.snapshots.put(id, epoch);
        assertThat(wake()).isInstanceOf(HostReply.Failed.class);
    }

    @Test
    @Tag("claim-S4")
    void guestThatDoesNotConfirmThatItIsAnother_isStopped_andItsSnapshotIsGone() {
        sleep();
        fixture.machines.failing = Optional.of("rekey");
        assertThat(wake()).isEqualTo(failed("rekey"));
        is(InstanceState.STOPPED, "rekey");
        assertThat(slept().mayWake()).isFalse();
    }

    @Test
    void wakeThatFailsBeforeAnythingIsUsed_leavesItAsleep() {
        sleep();
        fixture.machines.failing = Optional.of("open");
        assertThat(wake()).isEqualTo(failed("open"));
        is(InstanceState.SLEEPING, "open");
        fixture.machines.failing = Optional.empty();
        assertThat(wake()).isEqualTo(new HostReply.Done());
        is(InstanceState.RUNNING, "");
    }

    @Test
    void artefactThatIsMissingAtWake_leavesItAsleep() {
        sleep();
        fixture.machines.artefacts = Optional.of(Refusal.ARTEFACT_MISSING);
        assertThat(wake()).isEqualTo(Refusal.ARTEFACT_MISSING.reply());
        is(InstanceState.SLEEPING, "");
    }

    @Test
    void sealingThatFails_leavesItWarm_andWipesWhatThereIs() {
        fixture.machines.failing = Optional.of("seal");
        assertThat(sleep()).isEqualTo(failed("seal"));
        is(InstanceState.WARM, "seal");
        assertThat(slept().mayWake()).isFalse();
        fixture.machines.failing = Optional.of("pause");
        fixture.done(new HostOperation.ResumeInstance(id));
        assertThat(sleep()).isEqualTo(failed("pause"));
        is(InstanceState.RUNNING, "pause");
    }

    @Test
    void guestThatRefuses_isNotPutToSleep_unlessItIsForced() {
        fixture.machines.guestSleeps = false;
        assertThat(sleep()).isEqualTo(Refusal.GUEST_REFUSED.reply());
        is(InstanceState.RUNNING, "");
        fixture.done(new HostOperation.PauseInstance(id));
        assertThat(sleep()).isEqualTo(Refusal.GUEST_REFUSED.reply());
        is(InstanceState.WARM, "");
        fixture.done(new HostOperation.SleepInstance(id, true));
        is(InstanceState.SLEEPING, "");
        assertThat(String.join("", fixture.audited())).contains("\"forced\"");
    }

    /// A warm guest runs for as long as it is asked: nobody else gets its place among those that run meanwhile.
    @Test
    @Tag("claim-H1")
    void warmGuest_countsAsOneThatRuns_whileItIsAsked() {
        fixture.done(new HostOperation.PauseInstance(id));
        fixture.machines.guestSleeps = false;
        fixture.machines.asking = () ->
                assertThat(fixture.registry.find(id).orElseThrow().intent()).contains(Intent.RESUME);
        assertThat(sleep()).isEqualTo(Refusal.GUEST_REFUSED.reply());
        is(InstanceState.WARM, "");
        fixture.machines.asking = () -> fixture.machines.failing = Optional.of("pause");
        assertThat(sleep()).isEqualTo(failed("pause"));
        is(InstanceState.WARM, "");
    }

    @Test
    void wakeDuringSleep_wins() {
        fixture.machines.sealing = () -> assertThat(wake()).isEqualTo(Refusal.BUSY.reply());
        assertThat(sleep()).isEqualTo(failed("seal"));
        is(InstanceState.WARM, "seal");
    }

    @Test
    @Tag("claim-S4")
    void stoppedFromSleep_itsSnapshotIsDestroyed() {
        sleep();
        assertThat(fixture.perform(new HostOperation.StopInstance(id, 0))).isInstanceOf(HostReply.Ended.class);
        is(InstanceState.STOPPED, "");
        assertThat(fixture.audited())
                .anyMatch(line -> line.contains("\"stop_instance\"") && line.contains("\"key_destroyed\""));
    }

    @Test
    void withoutAKeyForSnapshots_nothingSleeps() {
        var without = new HostFixture();
        var other = without.running();
        assertThat(without.perform(new HostOperation.SleepInstance(other, true)))
                .isEqualTo(Refusal.NO_SNAPSHOT_KEY.reply());
        assertThat(without.stateOf(other)).contains(InstanceState.RUNNING);
    }

    @Test
    void keyThatIsGone_wakesNothing() {
        sleep();
        fixture.done(fixture.nextWithoutKeys(new Counts(2, 1, 0)));
        assertThat(wake()).isEqualTo(Refusal.NO_SNAPSHOT_KEY.reply());
        is(InstanceState.SLEEPING, "");
        fixture.done(fixture.next(new Counts(2, 1, 0)));
        assertThat(wake()).isEqualTo(new HostReply.Done());
    }

    @Test
    @Tag("claim-H1")
    void expiredState_letsItSleep_butNotWake() {
        fixture.now = fixture.trust.installed().orElseThrow().state().value().expires();
        assertThat(sleep()).isEqualTo(new HostReply.Done());
        assertThat(wake()).isEqualTo(Refusal.FROZEN.reply());
        is(InstanceState.SLEEPING, "");
        fixture.done(new HostOperation.DestroyInstance(id));
        assertThat(fixture.machines.snapshots).isEmpty();
    }

    @Test
    @Tag("claim-H1")
    void stateWithoutTheTenant_wakesNothing() {
        sleep();
        var floor = fixture.trust.floor();
        var now = fixture.trust.installed().orElseThrow().state().value();
        fixture.done(fixture.install(fixture.ceremony.signed(new NodeState(
                now.node(),
                floor.sequence() + 1,
                floor.digest(),
                now.issuedAt(),
                now.expires(),
                List.of(),
                List.of()))));
        assertThat(wake()).isEqualTo(Refusal.NO_SNAPSHOT_KEY.reply());
        is(InstanceState.SLEEPING, "");
    }

    /// It would run while it is asked, and nothing lets it run.
    @Test
    @Tag("claim-H1")
    void warmGuestThatMayNotRun_isNotAsked() {
        fixture.done(new HostOperation.PauseInstance(id));
        fixture.now = fixture.trust.installed().orElseThrow().state().value().expires();
        assertThat(sleep()).isEqualTo(Refusal.FROZEN.reply());
        is(InstanceState.WARM, "");
        fixture.done(new HostOperation.SleepInstance(id, true));
        is(InstanceState.SLEEPING, "");
    }

    @Test
    void networkThatIsNotUp_wakesNothing() {
        sleep();
        fixture.networks.takeDown(new NetId(0));
        assertThat(wake()).isEqualTo(Refusal.NO_NETWORK.reply());
        is(InstanceState.SLEEPING, "");
    }

    @Test
    void stateThatHasNoPlaceForIt_wakesNothing() {
        sleep();
        fixture.done(fixture.next(new Counts(0, 0, 1)));
        assertThat(wake()).isEqualTo(Refusal.COUNT_EXCEEDED.reply());
        is(InstanceState.SLEEPING, "");
    }
}
