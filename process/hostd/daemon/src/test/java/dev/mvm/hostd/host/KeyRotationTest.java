package dev.mvm.hostd.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.hostd.key.ReplacedKeys;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.SealedKey;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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
    private final Deque<Runnable> later = new ArrayDeque<>();

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
    private SealedKey rotate() {
        var key = fixture.rotateSnapshotKey();
        fixture.done(fixture.next(COUNTS));
        return key;
    }

    private long sequence() {
        return fixture.trust.installed().orElseThrow().state().value().sequence();
    }

    private boolean opens(SealedKey key) throws IOException {
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
        SealedKey old;
        try (var thread = Executors.newSingleThreadExecutor()) {
            fixture.background = thread;
            old = rotate();
            awaitIt(underWay);

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
        assertThat(opens(old)).isFalse();
        fixture.done(new HostOperation.WakeInstance(first));
    }

    @Test
    @Tag("claim-S7")
    void sealerThatFails_marksItsInstanceOnly_andIsTriedWithTheNextState() throws Exception {
        start(second, 4);
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.machines.rekeying = instance -> {
            rekeyed.add(instance);
            if (instance.address().instance().equals(first)) {
                throw sealerFails();
            }
            return true;
        };
        var old = rotate();
        assertThat(sequence()).isEqualTo(2);
        assertThat(reason(first)).contains(MARK);
        assertThat(reason(second)).isEmpty();
        assertThat(rekeyed).hasSize(2);
        fixture.host.rekey(); // a sealer each minute would be too much
        assertThat(rekeyed)
                .hasSize(3)
                .last()
                .satisfies(record -> assertThat(record.address().instance()).isEqualTo(second));
        assertThat(opens(old)).isTrue();

        fixture.machines.rekeying = _ -> true;
        fixture.done(fixture.next(COUNTS));
        assertThat(reason(first)).isEmpty();
        assertThat(opens(old)).isFalse();
        assertThat(fixture.replacedFiles.content).isEmpty();
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
    void reasonThatIsThere_stays() {
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.machines.failing = Optional.of("open");
        assertThat(fixture.perform(new HostOperation.WakeInstance(first))).isInstanceOf(HostReply.Failed.class);
        fixture.machines.rekeying = _ -> {
            throw sealerFails();
        };
        rotate();
        assertThat(reason(first)).contains(new Label("open"));
        fixture.machines.rekeying = _ -> true;
        rotate();
        assertThat(reason(first)).contains(new Label("open"));
    }

    @Test
    void hostdThatStartsAgain_hasTheReplacedKey_andTriesAgain() throws Exception {
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.machines.rekeying = _ -> {
            throw sealerFails();
        };
        var old = rotate();
        fixture.start();
        assertThat(opens(old)).isTrue();
        assertThat(reason(first)).contains(MARK);
        fixture.machines.rekeying = _ -> true;
        fixture.start();
        assertThat(opens(old)).isFalse();
        assertThat(reason(first)).isEmpty();
    }

    /// It is sealed under the key that was in force when that began.
    @Test
    void instanceThatIsBeingSealed_sleeps_andFollows() throws Exception {
        var replaced = new ArrayList<SealedKey>();
        fixture.machines.rekeying = rekeyed::add;
        fixture.machines.sealing = () -> replaced.add(rotate());
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        assertThat(rekeyed).isEmpty();
        assertThat(opens(replaced.getFirst())).isTrue();
        fixture.host.rekey();
        assertThat(rekeyed)
                .singleElement()
                .satisfies(record -> assertThat(record.hasSnapshot()).isTrue());
        assertThat(opens(replaced.getFirst())).isFalse();
    }

    /// No snapshot is left behind under the first of three keys because another got under the second.
    @Test
    void stateThatComesMeanwhile_forgetsNothing() throws Exception {
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        var keys = new ArrayList<SealedKey>();
        fixture.machines.rekeying = instance -> {
            rekeyed.add(instance);
            if (rekeyed.size() == 1) {
                keys.add(rotate());
            }
            return true;
        };
        fixture.background = later::add;
        keys.add(rotate());
        later.remove().run();
        assertThat(opens(keys.getFirst()) && opens(keys.getLast())).isTrue();
        later.remove().run();
        assertThat(rekeyed).hasSize(2);
        assertThat(opens(keys.getFirst()) || opens(keys.getLast())).isFalse();
    }

    /// A tenant is not sent its keys while nothing of it is to run.
    @Test
    void stateWithoutKeys_doesNotLoseWhatIsUnderThem() throws Exception {
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.machines.rekeying = instance -> {
            rekeyed.add(instance);
            return false; // none is in force
        };
        var old = fixture.rotateSnapshotKey();
        fixture.done(fixture.nextWithoutKeys(COUNTS));
        fixture.start();
        assertThat(opens(old)).isTrue();
        assertThat(reason(first)).isEmpty();
        fixture.machines.rekeying = _ -> true;
        fixture.done(fixture.next(COUNTS));
        assertThat(opens(old)).isFalse();
    }

    @Test
    void instanceThatIsDestroyed_keepsNoKey() throws Exception {
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.machines.rekeying = _ -> {
            throw sealerFails();
        };
        var old = rotate();
        fixture.done(new HostOperation.DestroyInstance(first));
        fixture.host.rekey();
        assertThat(opens(old)).isFalse();
        assertThat(fixture.replacedFiles.content).isEmpty();
    }

    /// The key that the snapshot is under opens after any last write, and the snapshot follows when a state
    /// comes.
    @Test
    @Tag("claim-H5")
    void crashAtAnyWriteOfARotation_losesNoKey() throws Exception {
        int crashes = 0;
        for (int writes = 0; writes < 5; writes++) {
            for (boolean keys : new boolean[] {true, false}) {
                var tried = HostFixture.withSnapshots();
                var id = tried.running();
                tried.done(new HostOperation.SleepInstance(id, true));
                tried.machines.rekeying = _ -> {
                    throw sealerFails();
                };
                var old = tried.rotateSnapshotKey();
                var files = keys ? tried.replacedFiles : tried.trustFiles;
                var next = tried.next(COUNTS);
                files.crashAfter(writes);
                crashes += crashed(tried, next) ? 1 : 0;
                files.crashAfter(Integer.MAX_VALUE);
                tried.start();
                assertThat(tried.keys.lend(Ceremony.DEMO, old, _ -> true)).contains(true);
                tried.perform(next);
                assertThat(tried.keys.lend(Ceremony.DEMO, old, _ -> true)).contains(true);
                assertThat(tried.stateOf(id)).contains(InstanceState.SLEEPING);
                tried.machines.rekeying = _ -> true;
                tried.done(tried.next(COUNTS));
                assertThat(tried.replacedFiles.content).isEmpty();
            }
        }
        assertThat(crashes).isGreaterThan(3);
    }

    private static boolean crashed(HostFixture tried, HostOperation next) {
        try {
            tried.perform(next);
            return false;
        } catch (FakeMachines.Crash e) {
            return true;
        }
    }

    /// A key that cannot be kept might be needed: then its successor is not in force either.
    @Test
    void fullDisk_putsNoOtherKeyInForce() {
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.rotateSnapshotKey();
        fixture.replacedFiles.withoutRoom = true;
        assertThat(fixture.perform(fixture.next(COUNTS)))
                .isEqualTo(new HostReply.Failed(new Label("state_directory"), 0));
        assertThat(sequence()).isEqualTo(1);
        fixture.done(new HostOperation.WakeInstance(first));
    }

    @Test
    void instanceThatNeverFollows_fillsNoDisk() {
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.machines.rekeying = _ -> {
            throw sealerFails();
        };
        for (int i = 0; i < ReplacedKeys.MAX_VERSIONS + 3; i++) {
            rotate();
        }
        assertThat(fixture.replacedFiles.content).hasSize(ReplacedKeys.MAX_VERSIONS);
        assertThat(fixture.keys.replaced().of(Ceremony.DEMO).getLast().version())
                .isEqualTo(4);
    }

    @Test
    void replacedKeyThatIsDamaged_isNotGuessed() {
        for (var name :
                List.of("demo", "demo.snap.1", "demo.snap.1.nothing", "demo.snap.x.snapshot", "demo.snap.0.volume")) {
            var files = new MemoryFiles();
            files.content.put(name, new byte[80]);
            assertThatThrownBy(() -> ReplacedKeys.open(files)).as(name).isInstanceOf(IOException.class);
        }
        for (int size : new int[] {0, 31, 79, 81}) {
            var files = new MemoryFiles();
            files.content.put("demo.snap.1.snapshot", new byte[size]);
            assertThatThrownBy(() -> ReplacedKeys.open(files)).isInstanceOf(IOException.class);
        }
    }
}
