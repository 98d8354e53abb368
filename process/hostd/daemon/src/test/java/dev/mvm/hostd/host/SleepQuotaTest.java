package dev.mvm.hostd.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.Quotas;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The quota of the memory of sleeping instances, which has room for one of two.
final class SleepQuotaTest {
    private static final HostReply DONE = new HostReply.Done();
    private static final HostReply NO_ROOM = Refusal.QUOTA_EXCEEDED.reply();

    private final HostFixture fixture = HostFixture.withSnapshots();
    private final InstanceId first;
    private final InstanceId second = new InstanceId("i-00000002");

    SleepQuotaTest() {
        var plain = fixture.grant.value();
        fixture.grant = fixture.ceremony.verified(new Grant(
                plain.tenant(),
                plain.version(),
                plain.network(),
                plain.notBefore(),
                plain.expires(),
                quotas(255),
                plain.pools(),
                plain.runtimes(),
                plain.keys(),
                plain.mode()));
        first = fixture.running();
        fixture.done(HostFixture.plan(second, 4));
        fixture.done(new HostOperation.AttachDrives(second));
        fixture.done(new HostOperation.StartInstance(second));
    }

    private static Quotas quotas(int sleepingMemMib) {
        return new Quotas(20, 5120, 10, 10, 4, 10, 100, sleepingMemMib);
    }

    private HostReply sleep(InstanceId id) {
        return fixture.perform(new HostOperation.SleepInstance(id, false));
    }

    private HostReply force(InstanceId id) {
        return fixture.perform(new HostOperation.SleepInstance(id, true));
    }

    private HostReply wake(InstanceId id) {
        return fixture.perform(new HostOperation.WakeInstance(id));
    }

    private InstanceRecord record(InstanceId id) {
        return fixture.registry.find(id).orElseThrow();
    }

    /// A state in which the tenant may have this much memory asleep.
    private void install(int sleepingMemMib) {
        var now = fixture.trust.installed().orElseThrow().state().value();
        var floor = fixture.trust.floor();
        var tenant = now.tenants().getFirst();
        fixture.done(fixture.install(fixture.ceremony.signed(new NodeState(
                now.node(),
                floor.sequence() + 1,
                floor.digest(),
                now.issuedAt(),
                now.expires(),
                now.grants(),
                List.of(new NodeState.Tenant(
                        tenant.tenant(), tenant.network(), quotas(sleepingMemMib), tenant.pools(), tenant.keys()))))));
    }

    @Test
    @Tag("claim-H1")
    void sleepBeyondTheQuota_isRefused_andTheGuestIsNotAsked() {
        assertThat(sleep(first)).isEqualTo(DONE);
        var before = record(second);
        fixture.machines.asking = () -> {
            throw new AssertionError("asked");
        };
        assertThat(sleep(second)).isEqualTo(NO_ROOM);
        assertThat(force(second)).isEqualTo(NO_ROOM);
        assertThat(record(second)).isEqualTo(before);
        fixture.done(new HostOperation.PauseInstance(second));
        assertThat(sleep(second)).isEqualTo(NO_ROOM);
        assertThat(force(second)).isEqualTo(NO_ROOM);
        assertThat(fixture.machines.state(second)).contains(InstanceState.WARM);
        assertThat(fixture.machines.snapshots).containsOnlyKeys(first);
    }

    @Test
    @Tag("claim-H1")
    void instanceThatSleepsNoMore_givesItsPlace() {
        assertThat(sleep(first)).isEqualTo(DONE);
        assertThat(wake(first)).isEqualTo(DONE);
        assertThat(sleep(second)).isEqualTo(DONE);
        assertThat(sleep(first)).isEqualTo(NO_ROOM);
        assertThat(fixture.perform(new HostOperation.StopInstance(second, 0))).isInstanceOf(HostReply.Ended.class);
        assertThat(sleep(first)).isEqualTo(DONE);
        fixture.done(new HostOperation.DestroyInstance(first));
        fixture.done(new HostOperation.AttachDrives(second));
        fixture.done(new HostOperation.StartInstance(second));
        assertThat(sleep(second)).isEqualTo(DONE);
    }

    /// While the guest of one is asked, the other takes the place.
    @Test
    @Tag("claim-H1")
    void ofTwoSleepsAtOnce_oneIsRefused() {
        var before = record(first);
        fixture.machines.asking = () -> {
            fixture.machines.asking = () -> {};
            assertThat(sleep(second)).isEqualTo(DONE);
        };
        assertThat(sleep(first)).isEqualTo(NO_ROOM);
        assertThat(record(first)).isEqualTo(before);
        assertThat(fixture.machines.state(first)).contains(InstanceState.RUNNING);
        assertThat(fixture.machines.snapshots).containsOnlyKeys(second);
    }

    @Test
    @Tag("claim-H1")
    void warmGuestThatWasAskedInVain_isWarmAgain() {
        fixture.done(new HostOperation.PauseInstance(first));
        var before = record(first);
        fixture.machines.asking = () -> {
            fixture.machines.asking = () -> {};
            assertThat(sleep(second)).isEqualTo(DONE);
        };
        assertThat(sleep(first)).isEqualTo(NO_ROOM);
        assertThat(record(first)).isEqualTo(before);
        assertThat(fixture.machines.state(first)).contains(InstanceState.WARM);
        assertThat(fixture.machines.snapshots).containsOnlyKeys(second);
    }

    @Test
    @Tag("claim-H1")
    void sleepUnderWay_hasItsPlace() {
        fixture.machines.sealing = () -> assertThat(force(second)).isEqualTo(NO_ROOM);
        assertThat(sleep(first)).isEqualTo(DONE);
        assertThat(fixture.stateOf(second)).contains(InstanceState.RUNNING);
    }

    @Test
    @Tag("claim-H1")
    void sleepThatFails_givesItsPlaceBack() {
        fixture.machines.sealing = () -> fixture.machines.failing = Optional.of("seal");
        assertThat(sleep(first)).isInstanceOf(HostReply.Failed.class);
        fixture.machines.sealing = () -> {};
        fixture.machines.failing = Optional.empty();
        assertThat(sleep(second)).isEqualTo(DONE);
    }

    /// Its snapshot is there until it is awake, and is what it sleeps on with if the wake fails.
    @Test
    @Tag("claim-H1")
    void wakeUnderWay_keepsItsPlace() {
        assertThat(sleep(first)).isEqualTo(DONE);
        fixture.machines.attaching = () -> {
            assertThat(sleep(second)).isEqualTo(NO_ROOM);
            assertThat(force(second)).isEqualTo(NO_ROOM);
        };
        assertThat(wake(first)).isEqualTo(DONE);
        assertThat(sleep(second)).isEqualTo(DONE);
    }

    @Test
    @Tag("claim-H1")
    void restart_forgetsNoSleepingInstance() {
        assertThat(sleep(first)).isEqualTo(DONE);
        fixture.start();
        assertThat(force(second)).isEqualTo(NO_ROOM);
    }

    @Test
    @Tag("claim-H1")
    void lowerQuota_wakesAndKeepsThoseThatSleep() {
        install(255);
        assertThat(sleep(first)).isEqualTo(DONE);
        install(0);
        assertThat(fixture.stateOf(first)).contains(InstanceState.SLEEPING);
        assertThat(wake(first)).isEqualTo(DONE);
        assertThat(force(first)).isEqualTo(NO_ROOM);
        install(128);
        assertThat(sleep(first)).isEqualTo(DONE);
    }
}
