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
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A state with other keys comes into force on a node that goes on meanwhile.
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class KeyRotationTest {
    private static final Counts COUNTS = new Counts(2, 1, 1);

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

    private long sequence() {
        return fixture.trust.installed().orElseThrow().state().value().sequence();
    }

    @Test
    void instancesStart_sleepAndWake_whileASnapshotIsPutUnderAnotherKey() throws Exception {
        var underWay = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        fixture.machines.rekeying = (_, instance) -> {
            underWay.countDown();
            awaitIt(goOn);
        };
        var next = fixture.next(COUNTS);
        var installing = Thread.ofPlatform().start(() -> fixture.done(next));
        awaitIt(underWay);

        start(second, 4);
        assertThat(sleep(second)).isEqualTo(new HostReply.Done());
        fixture.done(new HostOperation.WakeInstance(second));
        assertThat(fixture.observer(new Changes()).observe(new HostOperation.Observe(0, 0)))
                .isNotNull();
        assertThat(fixture.perform(new HostOperation.WakeInstance(first)))
                .isEqualTo(new HostReply.Refused(new Label("busy")));
        assertThat(sequence()).isEqualTo(1);

        goOn.countDown();
        installing.join();
        assertThat(sequence()).isEqualTo(2);
    }

    private static void awaitIt(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void instanceThatFallsAsleepMeanwhile_isDoneAtTheEnd() {
        start(second, 4);
        fixture.machines.rekeying = (_, instance) -> {
            rekeyed.add(instance);
            if (rekeyed.size() == 2) {
                assertThat(sleep(rekeyed.getFirst().address().instance())).isEqualTo(new HostReply.Done());
            }
        };
        fixture.done(fixture.next(COUNTS));
        assertThat(rekeyed).hasSize(3);
        assertThat(rekeyed.get(2).address()).isEqualTo(rekeyed.getFirst().address());
        assertThat(rekeyed.getFirst().hasSnapshot()).isFalse();
        assertThat(rekeyed.get(2).hasSnapshot()).isTrue();
    }

    /// Its record is the same afterwards, and its volume may be new.
    @Test
    void instanceWhoseDrivesAreAttachedMeanwhile_isDoneAgain() {
        fixture.done(HostFixture.plan(second, 4));
        fixture.done(HostFixture.plan(new InstanceId("i-00000003"), 5));
        fixture.machines.rekeying = (_, instance) -> {
            rekeyed.add(instance);
            if (rekeyed.size() == 3) {
                fixture.done(new HostOperation.AttachDrives(ready().address().instance()));
            }
        };
        fixture.done(fixture.next(COUNTS));
        assertThat(rekeyed).hasSize(4);
        assertThat(rekeyed.getLast()).isEqualTo(ready());
    }

    /// The first of those done that never ran.
    private InstanceRecord ready() {
        return rekeyed.stream()
                .filter(record -> record.state() == InstanceState.READY)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void instanceThatIsBeingSealed_isDoneOnceAndAtTheEnd() {
        fixture.machines.rekeying = (_, instance) -> rekeyed.add(instance);
        fixture.machines.sealing = () -> fixture.done(fixture.next(COUNTS));
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
        assertThat(rekeyed).singleElement().satisfies(record -> {
            assertThat(record.intent()).contains(Intent.SLEEP);
            assertThat(record.hasSnapshot()).isFalse();
        });
    }

    /// A snapshot that was sealed under a key that is gone could not be opened: the guest goes on instead.
    @Test
    void snapshotWhoseKeyWasReplacedMeanwhile_isNotSleptOn() {
        fixture.machines.failing = Optional.of("snapshot_key_replaced");
        assertThat(sleep(first)).isEqualTo(new HostReply.Failed(new Label("snapshot_key_replaced"), 5));
        var record = fixture.registry.find(first).orElseThrow();
        assertThat(record.state()).isEqualTo(InstanceState.WARM);
        assertThat(record.sleep().mayWake()).isFalse();
        assertThat(fixture.machines.state(first)).contains(InstanceState.WARM);
        assertThat(fixture.machines.snapshots).isEmpty();
    }

    @Test
    void instanceThatCannotBePutUnderIt_keepsTheStateOutOfForce() {
        fixture.machines.rekeying = (_, instance) -> {
            throw new RefusedException(DocumentReason.KEY_NOT_OPENED, instance.address() + ": no");
        };
        assertThat(fixture.perform(fixture.next(COUNTS)))
                .isEqualTo(new HostReply.Refused(new Label(DocumentReason.KEY_NOT_OPENED.code())));
        assertThat(sequence()).isEqualTo(1);
        fixture.machines.rekeying = (_, _) -> {};
        assertThat(sleep(first)).isEqualTo(new HostReply.Done());
    }
}
