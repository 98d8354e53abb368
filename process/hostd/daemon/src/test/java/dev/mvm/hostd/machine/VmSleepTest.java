package dev.mvm.hostd.machine;

import static dev.mvm.hostd.machine.VmFixture.ID;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.policy.Refusal;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import dev.mvm.model.InstanceState;
import dev.mvm.model.Rates;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.trust.Ceremony;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Sealers, guestds and VMMs that fail while a VM is sealed or woken.
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class VmSleepTest {
    private static final String OPENED = "opened plain_bytes=9";

    @TempDir
    private Path folder;

    private VmFixture fixture;
    private List<String> before;

    @BeforeEach
    void setUp() throws Exception {
        fixture = new VmFixture(folder);
        before = fixture.descriptors();
    }

    @AfterEach
    void tearDown() throws Exception {
        fixture.close();
    }

    private HostReply sleep() {
        return fixture.perform(new HostOperation.SleepInstance(ID, true));
    }

    private HostReply wake() {
        return fixture.perform(new HostOperation.WakeInstance(ID));
    }

    private void assertFailed(HostReply reply, String step) {
        assertThat(reply)
                .as(fixture.log.toString())
                .isInstanceOfSatisfying(
                        HostReply.Failed.class,
                        failed -> assertThat(failed.call().value()).isEqualTo(step));
    }

    @Test
    void vmThatIsSealed_leavesNothingButItsSnapshot() throws Exception {
        fixture.asleep();
        fixture.assertNothingLeft(before);
        assertThat(fixture.record().state()).isEqualTo(InstanceState.SLEEPING);
        assertThat(fixture.hasSnapshot()).isTrue();
    }

    /// Its snapshot was made of a kernel that operators have taken back since.
    @Test
    @Tag("claim-H1")
    void runtimeThatIsNoLongerGranted_isNotWoken_andItsSnapshotStays() throws Exception {
        fixture.asleep();
        fixture.grantRuntimes(new GuestRuntime(Ceremony.SOME, Digest.of(new byte[] {2})));
        assertThat(wake()).as(fixture.log.toString()).isEqualTo(Refusal.RUNTIME_NOT_GRANTED.reply());
        fixture.assertNothingLeft(before);
        assertThat(fixture.record().state()).isEqualTo(InstanceState.SLEEPING);
        assertThat(fixture.hasSnapshot()).isTrue();
    }

    @Test
    void sealerThatRefuses_leavesTheVmAsItWas_andNoSnapshot() throws Exception {
        fixture.running();
        fixture.sealer(List.of("", "refused code=no_space"));
        assertFailed(sleep(), "snapshot_no_space");
        assertThat(fixture.vmm.lives()).isTrue();
        assertThat(fixture.record().state()).isEqualTo(InstanceState.WARM);
        assertThat(fixture.hasSnapshot()).isFalse();
        assertThat(fixture.sleeps()).as("its device came back").isTrue();
    }

    /// A snapshot that was not rewrapped opens with the old key still, if it opens at all, so that key has to stay.
    @ParameterizedTest
    @ValueSource(strings = {"no_space", "io", "altered", "wrong_epoch"})
    void snapshotThatIsNotPutUnderItsKey_keepsThatKey_andNoStateOutOfForce(String code) throws Exception {
        fixture.asleep();
        var old = fixture.base.rotateSnapshotKey();
        fixture.sealer(List.of("refused code=" + code));
        assertThat(fixture.perform(fixture.base.next(new Counts(2, 1, 0))))
                .as(fixture.log.toString())
                .isEqualTo(new HostReply.Done());
        assertThat(fixture.base.keys.lend(Ceremony.DEMO, old, _ -> true)).contains(true);
        assertThat(fixture.record().reason().map(Label::value)).contains("key_not_replaced");
    }

    /// The device ended with the sealer: the VM runs on, and cannot be sealed again.
    @Test
    void sealerThatEnds_leavesAVmThatCannotSleep() throws Exception {
        fixture.running();
        fixture.sealer(List.of());
        assertFailed(sleep(), "sealer");
        assertThat(fixture.vmm.lives()).isTrue();
        assertThat(fixture.record().state()).isEqualTo(InstanceState.WARM);
        assertThat(sleep()).isEqualTo(Refusal.CANNOT_SLEEP.reply());
        assertThat(fixture.perform(new HostOperation.StopInstance(ID, 0))).isInstanceOf(HostReply.Ended.class);
        fixture.assertNothingLeft(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"end", "failed"})
    void vmmThatDoesNotSave_leavesTheVmAsItWas(String reply) throws Exception {
        fixture.running();
        fixture.guestd.put("save", reply);
        fixture.sealer(List.of("", "refused code=stopped"));
        assertFailed(sleep(), "vmm_api");
        assertThat(fixture.vmm.lives()).isTrue();
        assertThat(fixture.sleeps()).isTrue();
    }

    /// The snapshot has the limits of the day on which it was taken.
    @Test
    @Tag("claim-L7")
    void vmThatWakes_hasTheRatesOfToday() throws Exception {
        fixture.rates = new Rates(10, 300, 20, 5000);
        fixture.asleep();
        fixture.rates = new Rates(1, 0, 2, 3);
        fixture.sealer(List.of("authentic", "paged", OPENED));
        fixture.onCall.put("go_on", fixture.vmm::dial);
        assertThat(wake()).as(fixture.log.toString()).isEqualTo(new HostReply.Done());
        assertThat(fixture.calls.get("go_on")).endsWith("\nnone 1 0 2 3");
        assertThat(fixture.vmm.request).contains("\ndisk_mib=1\ndisk_requests=0\n");
    }

    @Test
    void vmThatWakes_runs_andItsSnapshotIsDestroyedWhenAllOfItCame() throws Exception {
        fixture.asleep();
        fixture.sealerMayEnd = new CountDownLatch(1);
        fixture.sealer(List.of("authentic", "paged", OPENED));
        fixture.onCall.put("go_on", fixture.vmm::dial);
        assertThat(wake()).as(fixture.log.toString()).isEqualTo(new HostReply.Done());
        assertThat(fixture.record().state()).isEqualTo(InstanceState.RUNNING);
        assertThat(fixture.sleeps()).as("a sealer has its device").isFalse();
        fixture.sealerMayEnd.countDown();
        VmFixture.await(() -> !fixture.hasSnapshot());
        assertThat(fixture.links()).contains(fixture.record().slot().tap());
    }

    /// Before the epoch is consumed, the instance sleeps on; nothing of the VM is left.
    @ParameterizedTest
    @CsvSource({"refused code=wrong_epoch, snapshot_wrong_epoch", "nonsense, sealer"})
    void snapshotThatIsNotTheOne_leavesItAsleep(String word, String step) throws Exception {
        fixture.asleep();
        fixture.sealer(List.of(word));
        assertFailed(wake(), step);
        fixture.assertNothingLeft(before);
        assertThat(fixture.record().state()).isEqualTo(InstanceState.SLEEPING);
        assertThat(fixture.hasSnapshot()).isTrue();
    }

    @Test
    void sealerThatEndsBeforeItHasVerified_leavesItAsleep() throws Exception {
        fixture.asleep();
        fixture.sealer(List.of("end"));
        assertFailed(wake(), "sealer");
        fixture.assertNothingLeft(before);
        assertThat(fixture.record().state()).isEqualTo(InstanceState.SLEEPING);
    }

    @Test
    void launcherThatRefusesAWake_leavesItAsleep() throws Exception {
        fixture.asleep();
        fixture.vmm.refusal = "error jail 13";
        assertFailed(wake(), "launch_jail");
        fixture.assertNothingLeft(before);
        assertThat(fixture.record().state()).isEqualTo(InstanceState.SLEEPING);
    }

    /// A VM that has ended uses no epoch up.
    @Test
    void vmThatEndsBeforeTheEpochIsConsumed_leavesItAsleep() throws Exception {
        fixture.asleep();
        fixture.beforeLastWord = fixture.vmm::kill;
        fixture.sealer(List.of("authentic"));
        assertFailed(wake(), "vmm");
        fixture.assertNothingLeft(before);
        assertThat(fixture.record().state()).isEqualTo(InstanceState.SLEEPING);
    }

    /// After that the snapshot is never opened again.
    private void assertStoppedForGood(String step) throws Exception {
        assertFailed(wake(), step);
        fixture.assertNothingLeft(before);
        assertThat(fixture.record().state()).isEqualTo(InstanceState.STOPPED);
        assertThat(fixture.record().sleep().mayWake()).isFalse();
        assertThat(fixture.hasSnapshot()).isFalse();
    }

    @Test
    void chunkThatDoesNotOpen_leavesNothing() throws Exception {
        fixture.asleep();
        fixture.guestd.put("load", "failed");
        fixture.sealer(List.of("authentic", "", "refused code=tampered"));
        assertStoppedForGood("snapshot_tampered");
    }

    @Test
    void guestdThatEndsDuringTheLoad_leavesNothing() throws Exception {
        fixture.asleep();
        fixture.guestd.put("load", "end");
        fixture.sealer(List.of("authentic", "", "refused code=stopped"));
        assertStoppedForGood("vmm_api");
    }

    @Test
    void sealerThatEndsDuringTheLoad_leavesNothing() throws Exception {
        fixture.asleep();
        fixture.sealer(List.of("authentic", ""));
        assertStoppedForGood("sealer");
    }

    @Test
    void guestThatDoesNotGoOn_leavesNothing() throws Exception {
        fixture.asleep();
        fixture.guestd.put("go_on", "failed");
        fixture.sealer(List.of("authentic", "paged", OPENED));
        assertStoppedForGood("vmm_api");
    }

    /// Two guests with the same random numbers would be worse than none.
    @Test
    void guestThatDoesNotReseed_leavesNothing() throws Exception {
        fixture.asleep();
        fixture.guestd.put("rekey", "failed");
        fixture.onCall.put("go_on", fixture.vmm::dial);
        fixture.sealer(List.of("authentic", "paged", OPENED));
        assertStoppedForGood("guest_not_rekeyed");
    }

    @Test
    void networkThatCannotBeOpened_leavesNothing() throws Exception {
        fixture.asleep();
        fixture.onCall.put("go_on", fixture.vmm::dial);
        fixture.onCall.put("rekey", fixture::removeBridges);
        fixture.sealer(List.of("authentic", "paged", OPENED));
        assertStoppedForGood("tap");
    }

    /// A VM whose memory does not all come does not go on without it.
    @ParameterizedTest
    @ValueSource(strings = {"refused code=tampered", "end"})
    void sealerThatFailsAfterTheWake_endsTheVm(String word) throws Exception {
        fixture.asleep();
        fixture.sealerMayEnd = new CountDownLatch(1);
        fixture.sealer(List.of("authentic", "paged", word));
        fixture.onCall.put("go_on", fixture.vmm::dial);
        assertThat(wake()).isEqualTo(new HostReply.Done());
        fixture.sealerMayEnd.countDown();
        VmFixture.await(() -> !fixture.vmm.lives());
        fixture.host.ended(ID);
        fixture.vmm.awaitEnd();
        fixture.assertNothingLeft(before);
        assertThat(fixture.record().state()).isEqualTo(InstanceState.STOPPED);
        assertThat(fixture.hasSnapshot()).isFalse();
    }

    /// The sealer that still brings memory ends with its VM, and what is done then is done before the stop returns.
    @Test
    void stopWhileMemoryStillComes_endsTheSealer() throws Exception {
        fixture.asleep();
        fixture.sealerMayEnd = new CountDownLatch(1);
        fixture.sealer(List.of("authentic", "paged", OPENED));
        fixture.onCall.put("go_on", fixture.vmm::dial);
        assertThat(wake()).isEqualTo(new HostReply.Done());
        assertThat(fixture.perform(new HostOperation.StopInstance(ID, 0))).isInstanceOf(HostReply.Ended.class);
        fixture.sealerMayEnd.countDown();
        fixture.vmm.awaitEnd();
        fixture.assertNothingLeft(before);
        assertThat(fixture.hasSnapshot()).isFalse();
    }
}
