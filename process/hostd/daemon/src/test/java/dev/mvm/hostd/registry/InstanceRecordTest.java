package dev.mvm.hostd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.trust.Ceremony;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class InstanceRecordTest {
    private static final Optional<Label> NO_REASON = Optional.empty();
    private static final long BOOTED = 1_780_000_000L;
    private static final InstanceRecord READY = InstanceRecord.created(
            InstanceAddress.parse("demo/web/i-00000001"),
            new Slot(new NetId(0), 3),
            Ceremony.REVISION,
            new Resources(1, 128, 0));
    private static final InstanceRecord RUNNING = Launched.booted(READY, BOOTED);
    private static final InstanceRecord WARM = RUNNING.reached(InstanceState.WARM, NO_REASON);
    private static final InstanceRecord SLEEPING = WARM.asleep();
    private static final InstanceRecord STOPPED = RUNNING.reached(InstanceState.STOPPED, NO_REASON);

    private static InstanceRecord record(
            InstanceState state, Optional<Intent> intent, Optional<VmIdentity> vm, long started) {
        return new InstanceRecord(
                READY.address(),
                READY.slot(),
                READY.revision(),
                READY.resources(),
                state,
                intent,
                vm,
                started,
                Sleep.after(0),
                NO_REASON,
                Optional.empty());
    }

    private static InstanceRecord in(InstanceState state) {
        return switch (state) {
            case READY -> READY;
            case RUNNING -> RUNNING;
            case WARM -> WARM;
            case SLEEPING -> SLEEPING;
            case STOPPED -> STOPPED;
            case CREATED, DESTROYED -> record(state, Optional.empty(), Optional.empty(), 0);
        };
    }

    @Test
    void snapshot_isThere_unlessItWasUsedOrIsBeingTakenAway() {
        var whole = Sleep.after(1).next().sealed(4096, 1, BOOTED);
        assertThat(SLEEPING.hasSnapshot()).isFalse();
        var asleep = SLEEPING.withSleep(whole);
        assertThat(asleep.hasSnapshot()).isTrue();
        assertThat(asleep.begun(Intent.WAKE).hasSnapshot()).isTrue();
        assertThat(asleep.withSleep(whole.next()).hasSnapshot()).isFalse();
        assertThat(asleep.begun(Intent.STOP).hasSnapshot()).isFalse();
        assertThat(asleep.begun(Intent.DESTROY).hasSnapshot()).isFalse();
        assertThat(WARM.withSleep(whole).hasSnapshot()).isFalse();
        assertThat(WARM.withSleep(whole).begun(Intent.SLEEP).hasSnapshot()).isTrue();
        assertThat(STOPPED.withSleep(whole).begun(Intent.START).hasSnapshot()).isFalse();
    }

    @Test
    void createdInstance_isReadyAndHasNoProcessAndNoBoot() {
        assertThat(READY).isEqualTo(record(InstanceState.READY, Optional.empty(), Optional.empty(), 0));
    }

    @ParameterizedTest
    @EnumSource(InstanceState.class)
    void restingRecord_hasAProcessInRunningAndWarmAlone(InstanceState state) {
        boolean inMemory = state == InstanceState.RUNNING || state == InstanceState.WARM;
        var started = in(state).started();
        var right = inMemory ? Optional.of(Launched.PROCESS) : Optional.<VmIdentity>empty();
        var wrong = inMemory ? Optional.<VmIdentity>empty() : Optional.of(Launched.PROCESS);
        assertThat(record(state, Optional.empty(), right, started).vm()).isEqualTo(right);
        refusedData(state, Optional.empty(), wrong, started);
    }

    @ParameterizedTest
    @EnumSource(
            value = InstanceState.class,
            names = {"CREATED", "READY"})
    void restingRecordOfAStateBeforeTheFirstBoot_hasNoBoot(InstanceState state) {
        refusedData(state, Optional.empty(), Optional.empty(), BOOTED);
    }

    @ParameterizedTest
    @EnumSource(
            value = InstanceState.class,
            names = {"RUNNING", "WARM", "SLEEPING", "STOPPED"})
    void restingRecordOfAStateAfterTheFirstBoot_hasABoot(InstanceState state) {
        refusedData(state, Optional.empty(), in(state).vm(), 0);
    }

    @ParameterizedTest
    @EnumSource(Intent.class)
    void recordUnderWay_mayHaveAProcess_andKeepsThatOfRunningAndWarm(Intent intent) {
        for (var state : InstanceState.values()) {
            var vm = Optional.of(Launched.PROCESS);
            assertThat(record(state, Optional.of(intent), vm, BOOTED).vm()).isEqualTo(vm);
        }
        for (var state : EnumSet.of(InstanceState.RUNNING, InstanceState.WARM)) {
            refusedData(state, Optional.of(intent), Optional.empty(), BOOTED);
            refusedData(state, Optional.of(intent), Optional.of(Launched.PROCESS), 0);
        }
    }

    private static void refusedData(
            InstanceState state, Optional<Intent> intent, Optional<VmIdentity> vm, long started) {
        assertThatThrownBy(() -> record(state, intent, vm, started))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("vm or started contradicts the state " + state);
    }

    @ParameterizedTest
    @EnumSource(Intent.class)
    void begunOperation_changesTheIntentAlone(Intent intent) {
        for (var state : InstanceState.values()) {
            var begun = in(state).begun(intent);
            assertThat(begun.intent()).contains(intent);
            assertThat(begun.reached(state, NO_REASON)).isEqualTo(in(state));
        }
    }

    @Test
    void attachedDrives_changeRevisionAndSizeAlone() {
        var revision = Digest.of(new byte[] {9});
        var size = new Resources(2, 256, 5);
        var attached = STOPPED.attached(revision, size);
        assertThat(attached.revision()).isEqualTo(revision);
        assertThat(attached.resources()).isEqualTo(size);
        assertThat(attached.attached(STOPPED.revision(), STOPPED.resources())).isEqualTo(STOPPED);
    }

    @Test
    void launchedProcess_isRecordedWhileALaunchIsUnderWay() {
        for (var launching : new InstanceRecord[] {
            READY.begun(Intent.START), STOPPED.begun(Intent.START), SLEEPING.begun(Intent.WAKE)
        }) {
            assertThat(launching.launched(Launched.PROCESS).vm()).contains(Launched.PROCESS);
            assertThat(launching.holdsMemory()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Intent.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"START", "WAKE"})
    void launchedProcess_isRefusedWhileAnythingElseIs(Intent intent) {
        for (var state : InstanceState.values()) {
            refusedLaunch(in(state).begun(intent));
        }
    }

    @ParameterizedTest
    @EnumSource(InstanceState.class)
    void launchedProcess_isRefusedAtRest(InstanceState state) {
        refusedLaunch(in(state));
    }

    private static void refusedLaunch(InstanceRecord record) {
        assertThatThrownBy(() -> record.launched(Launched.PROCESS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("demo/web/i-00000001 is not being launched");
    }

    @Test
    void bootedInstance_runsAndHasItsProcessAndItsBoot() {
        for (var before : new InstanceRecord[] {READY, STOPPED}) {
            var booted = before.begun(Intent.START).launched(Launched.PROCESS).booted(BOOTED + 1);
            assertThat(booted)
                    .isEqualTo(
                            record(InstanceState.RUNNING, Optional.empty(), Optional.of(Launched.PROCESS), BOOTED + 1));
        }
    }

    @Test
    void bootWithoutAProcess_isRefused() {
        assertThatThrownBy(() -> READY.begun(Intent.START).booted(BOOTED))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("vm or started contradicts the state Running");
    }

    @Test
    void failedLaunch_leavesTheStateWithoutAProcess() {
        var reason = Optional.of(new Label("start_interrupted"));
        for (var before : new InstanceRecord[] {READY, STOPPED}) {
            var failed = before.begun(Intent.START).launched(Launched.PROCESS).reached(before.state(), reason);
            assertThat(failed.vm()).isEmpty();
            assertThat(failed.reason()).isEqualTo(reason);
            assertThat(failed.reached(before.state(), NO_REASON)).isEqualTo(before);
        }
    }

    @Test
    void reachedState_isOneThatTheTableHasAnEdgeTo() {
        for (var from : InstanceState.values()) {
            for (var to : InstanceState.values()) {
                if (from != to && !from.mayBecome(to)) {
                    assertThatThrownBy(() -> in(from).reached(to, NO_REASON))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessage(from + " cannot become " + to);
                }
            }
        }
    }

    @Test
    void reachedState_keepsTheProcessOnlyInMemory() {
        assertThat(RUNNING.reached(InstanceState.WARM, NO_REASON).vm()).contains(Launched.PROCESS);
        assertThat(WARM.reached(InstanceState.RUNNING, NO_REASON).vm()).contains(Launched.PROCESS);
        for (var inMemory : new InstanceRecord[] {RUNNING, WARM}) {
            for (var to : EnumSet.of(InstanceState.STOPPED, InstanceState.DESTROYED)) {
                assertThat(inMemory.reached(to, NO_REASON).vm()).isEmpty();
            }
        }
        assertThat(SLEEPING.reached(InstanceState.STOPPED, NO_REASON)).isEqualTo(STOPPED);
    }

    @Test
    void runningWithoutALaunch_isRefused() {
        for (var resting : new InstanceRecord[] {READY, STOPPED, SLEEPING}) {
            assertThatThrownBy(() -> resting.reached(InstanceState.RUNNING, NO_REASON))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("vm or started contradicts the state Running");
        }
    }

    @Test
    void wokenInstance_runsAndKeepsItsBoot() {
        var woken = Launched.woken(SLEEPING);
        assertThat(woken.state()).isEqualTo(InstanceState.RUNNING);
        assertThat(woken.vm()).contains(Launched.PROCESS);
        assertThat(woken.started()).isEqualTo(BOOTED);
        assertThat(woken.sleep()).isEqualTo(SLEEPING.sleep().next());
    }

    @Test
    void sleepOfARunningInstance_endsItsProcess() {
        var sleeping = RUNNING.begun(Intent.SLEEP).asleep();
        assertThat(sleeping).isEqualTo(SLEEPING);
        assertThat(sleeping.vm()).isEmpty();
        assertThat(sleeping.started()).isEqualTo(BOOTED);
    }

    @Test
    void sleepOfAnInstanceThatIsNotInMemory_isRefused() {
        for (var resting : new InstanceRecord[] {READY, STOPPED, SLEEPING}) {
            assertThatThrownBy(resting::asleep)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(resting.state() + " cannot become Warm");
        }
    }
}
