package dev.mvm.hostd.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.TenantKey;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A state with other keys comes into force at once, whatever becomes of volumes and snapshots. They follow.
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class KeyRotationTest {
    private static final Counts COUNTS = new Counts(2, 1, 1);
    private static final Label MARK = new Label("key_not_replaced");

    private final HostFixture fixture = HostFixture.withSnapshots();
    private final InstanceId first = fixture.running();
    private final InstanceId second = new InstanceId("i-00000002");
    private final List<InstanceRecord> rekeyed = new ArrayList<>();

    private HostReply sleep(InstanceId id) {
        return fixture.perform(new HostOperation.SleepInstance(id, true));
    }

    private void start(InstanceId id, int offset) {
        fixture.done(HostFixture.plan(id, offset));
        fixture.done(new HostOperation.AttachDrives(id));
        fixture.done(new HostOperation.StartInstance(id));
    }

    /// Puts the next version of the key in force.
    ///
    /// @return the replaced one
    private TenantKey rotate() {
        var key = fixture.rotateSnapshotKey();
        fixture.done(fixture.next(COUNTS));
        return key;
    }

    private long sequence() {
        return fixture.trust.installed().orElseThrow().state().value().sequence();
    }

    private boolean opens(TenantKey key) throws IOException {
        return fixture.keys.lend(Ceremony.DEMO, key, _ -> true).isPresent();
    }

    private Optional<Label> reason(InstanceId id) {
        return fixture.registry.find(id).orElseThrow().reason();
    }

    private static StepException sealerFails() {
        return new StepException("sealer", "it exited without a reply");
    }

    private static void awaitIt(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Tag("claim-S7")
    void sealerThatHangs_keepsNoStateOut_andHostdGoesOn() throws Exception {
        var underWay = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.machines.rekeying = _ -> {
            underWay.countDown();
            awaitIt(goOn);
            return true;
        };
        TenantKey old;
        try (var thread = Executors.newSingleThreadExecutor()) {
            fixture.background = thread;
            old = rotate();
            awaitIt(underWay);
            assertThat(behind(first)).as("until it has followed").isTrue();

            fixture.done(fixture.next(COUNTS));
            assertThat(sequence()).isEqualTo(3);
            start(second, 4);
            assertThat(sleep(second)).isEqualTo(new HostReply.Done());
            fixture.done(new HostOperation.WakeInstance(second));
            assertThat(fixture.observer(new Changes()).report(0).sequence()).isEqualTo(3);
            assertThat(fixture.perform(new HostOperation.WakeInstance(first)))
                    .isEqualTo(new HostReply.Refused(new Label("busy")));
            assertThat(opens(old)).isTrue();
            goOn.countDown();
        }
        assertThat(behind(first)).isFalse();
        fixture.done(new HostOperation.WakeInstance(first));
    }

    /// Returns whether the agent is told that it may lie under an older key.
    private boolean behind(InstanceId id) throws StepException {
        return fixture.observer(new Changes()).report(0).instances().stream()
                .filter(instance -> instance.address().instance().equals(id))
                .anyMatch(Observation.Instance::behind);
    }

    @Test
    void nodeThatHoldsNoKeys_cannotTellWhatIsBehind() throws Exception {
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        assertThat(behind(first)).isFalse();
        fixture.uptime += Duration.ofHours(36).toSeconds();
        assertThat(behind(first)).isTrue();
        fixture.bringKeys();
        assertThat(behind(first)).isFalse();
    }

    @Test
    @Tag("claim-S7")
    void sealerThatFails_marksItsInstanceOnly_andIsTriedWithTheNextState() throws Exception {
        start(second, 4);
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.rotateSnapshotKey();
        fixture.machines.rekeying = instance -> {
            rekeyed.add(instance);
            if (instance.address().instance().equals(first)) {
                throw sealerFails();
            }
            return true;
        };
        fixture.done(fixture.next(COUNTS));
        assertThat(sequence()).isEqualTo(2);
        assertThat(reason(first)).contains(MARK);
        assertThat(reason(second)).isEmpty();
        assertThat(rekeyed).hasSize(2);
        assertThat(behind(first)).isTrue();
        assertThat(behind(second)).isFalse();
        fixture.host.rekey(); // a sealer each minute would be too much
        assertThat(rekeyed).hasSize(2);

        fixture.machines.rekeying = _ -> true;
        fixture.done(fixture.next(COUNTS));
        assertThat(reason(first)).isEmpty();
        assertThat(behind(first)).isFalse();
    }

    @Test
    void instanceThatIsMarked_wakes() {
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.machines.rekeying = _ -> {
            throw sealerFails();
        };
        rotate();
        assertThat(reason(first)).contains(MARK);
        fixture.done(new HostOperation.WakeInstance(first));
        assertThat(reason(first)).isEmpty();
    }

    /// Else the next hostd would not finish the stop.
    @Test
    void stopThatIsHalfDone_staysSo() {
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.machines.rekeying = _ -> {
            throw sealerFails();
        };
        rotate();
        fixture.machines.failing = Optional.of("kill");
        assertThat(fixture.perform(new HostOperation.StopInstance(first, 0))).isInstanceOf(HostReply.Failed.class);
        for (boolean works : new boolean[] {false, true}) {
            fixture.machines.rekeying = _ -> {
                if (!works) {
                    throw sealerFails();
                }
                return true;
            };
            fixture.done(fixture.next(COUNTS));
            assertThat(fixture.registry.find(first).orElseThrow().intent()).contains(Intent.STOP);
        }
        fixture.machines.failing = Optional.empty();
        fixture.start();
        assertThat(fixture.stateOf(first)).contains(InstanceState.STOPPED);
    }

    @Test
    void reasonThatIsThere_stays() throws Exception {
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.machines.failing = Optional.of("open");
        assertThat(fixture.perform(new HostOperation.WakeInstance(first))).isInstanceOf(HostReply.Failed.class);
        fixture.machines.rekeying = _ -> {
            throw sealerFails();
        };
        rotate();
        assertThat(reason(first)).contains(new Label("open"));
        assertThat(behind(first)).as("the mark is not there to tell it").isTrue();
        fixture.machines.rekeying = _ -> true;
        rotate();
        assertThat(reason(first)).contains(new Label("open"));
        assertThat(behind(first)).isFalse();
    }

    @Test
    void hostdThatStartsAgain_triesAgain_onceItHasKeys() throws Exception {
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.machines.rekeying = _ -> {
            throw sealerFails();
        };
        rotate();
        fixture.start();
        assertThat(reason(first)).contains(MARK);
        assertThat(behind(first)).isTrue();
        fixture.machines.rekeying = _ -> true;
        fixture.start();
        assertThat(reason(first)).isEmpty();
        assertThat(behind(first)).isFalse();
    }

    /// It is sealed under the key that was in force when that began.
    @Test
    void instanceThatIsBeingSealed_sleeps_andFollows() throws Exception {
        fixture.machines.rekeying = rekeyed::add;
        fixture.machines.sealing = this::rotate;
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        assertThat(rekeyed).isEmpty();
        assertThat(behind(first)).isTrue();
        fixture.host.rekey();
        assertThat(rekeyed)
                .singleElement()
                .satisfies(record -> assertThat(record.hasSnapshot()).isTrue());
        fixture.host.rekey();
        assertThat(rekeyed).hasSize(1);
    }

    /// A tenant is not sent its keys while nothing of it is to run.
    @Test
    void stateWithoutKeys_losesNothing() {
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.machines.rekeying = instance -> {
            rekeyed.add(instance);
            return false; // none is in force
        };
        fixture.done(fixture.nextWithoutKeys(COUNTS));
        assertThat(rekeyed).hasSize(1);
        assertThat(reason(first)).isEmpty();
        assertThat(fixture.stateOf(first)).contains(InstanceState.SLEEPING);
        fixture.done(fixture.next(COUNTS));
        assertThat(rekeyed).hasSize(2);
        fixture.done(new HostOperation.WakeInstance(first));
    }

    /// A snapshot under an older version waits for a blob that has it.
    @Test
    void blobThatComes_isTriedAtOnce() {
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.machines.rekeying = _ -> {
            throw sealerFails();
        };
        rotate();
        fixture.machines.rekeying = _ -> true;
        fixture.host.rekey();
        assertThat(reason(first)).contains(MARK);
        fixture.bringKeys();
        assertThat(reason(first)).isEmpty();
    }

    /// The state is in force or is not; the snapshot wakes in either case.
    @Test
    @Tag("claim-H5")
    void crashAtAnyWriteOfARotation_losesNoSnapshot() {
        int crashes = 0;
        for (int writes = 0; writes < 4; writes++) {
            var tried = HostFixture.withSnapshots();
            var id = tried.running();
            tried.done(new HostOperation.SleepInstance(id, true));
            tried.rotateSnapshotKey();
            var next = tried.next(COUNTS);
            tried.trustFiles.crashAfter(writes);
            crashes += crashed(tried, next) ? 1 : 0;
            tried.trustFiles.crashAfter(Integer.MAX_VALUE);
            tried.start();
            tried.perform(next);
            assertThat(tried.stateOf(id)).contains(InstanceState.SLEEPING);
            tried.done(new HostOperation.WakeInstance(id));
        }
        assertThat(crashes).isGreaterThan(2);
    }

    private static boolean crashed(HostFixture tried, HostOperation next) {
        try {
            tried.perform(next);
            return false;
        } catch (FakeMachines.Crash e) {
            return true;
        }
    }
}
