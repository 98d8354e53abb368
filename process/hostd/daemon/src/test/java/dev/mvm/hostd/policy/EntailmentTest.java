package dev.mvm.hostd.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.hostd.registry.Launched;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NetId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantId;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.HighWaterMark;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TenantKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Attacks by a taken-over agent that knows the protocol perfectly.
final class EntailmentTest {
    private static final PoolId DB = new PoolId("db");
    private static final Resources SIZE = new Resources(2, 256, 5);
    private static final Quotas QUOTAS = new Quotas(8, 1024, 3, 1, 2, 4, 30, 600);
    private static final KeyName SNAP = new KeyName("snap");
    private static final TenantKey KEY =
            new TenantKey(SNAP, KeyPurpose.SNAPSHOT, 1, Bytes.of(new byte[TenantKey.CHECK_SIZE]));

    private final Ceremony ceremony = new Ceremony();
    private final InstalledState installed =
            installed(QUOTAS, new Counts(2, 1, 0), new Counts(1, 0, 0), Set.of(PoolFlag.EXEC));

    private InstalledState installed(Quotas quotas, Counts web, Counts db, Set<PoolFlag> flags) {
        var granted = Ceremony.grant(Ceremony.DEMO, 0);
        var pool = granted.pools().getFirst();
        var grant = ceremony.verified(new Grant(
                granted.tenant(),
                1,
                granted.network(),
                granted.notBefore(),
                granted.expires(),
                granted.quotas(),
                List.of(
                        pool,
                        new Grant.Pool(
                                DB, pool.revisions(), pool.ceiling(), pool.count(), pool.flags(), Rates.UNLIMITED)),
                List.of(Ceremony.RUNTIME),
                List.of(new Grant.Key(SNAP, KeyPurpose.SNAPSHOT, 1)),
                NodeMode.DEV));
        var template = Ceremony.state(grant, Counts.NONE);
        var tenant = new NodeState.Tenant(
                Ceremony.DEMO,
                Ceremony.network(0),
                quotas,
                List.of(
                        new NodeState.Pool(Ceremony.WEB, Ceremony.REVISION, SIZE, web, flags, Rates.UNLIMITED),
                        new NodeState.Pool(DB, Ceremony.REVISION, SIZE, db, Set.of(), Rates.UNLIMITED)),
                List.of(KEY));
        var state = new NodeState(
                Ceremony.NODE,
                1,
                Optional.empty(),
                template.issuedAt(),
                template.expires(),
                template.grants(),
                List.of(tenant));
        try {
            return ceremony.verifier.newState(
                    ceremony.signed(state), ceremony.context(HighWaterMark.NONE, Ceremony.NOW, grant));
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    private Entailment entailment(Collection<InstanceRecord> instances) {
        return new Entailment(Optional.of(installed), instances, Ceremony.NOW);
    }

    private static HostOperation.CreateInstance plan(String address, int offset) {
        return new HostOperation.CreateInstance(
                InstanceAddress.parse(address), new Slot(new NetId(0), offset), Ceremony.REVISION, SIZE);
    }

    private static InstanceRecord instance(String address, int offset, InstanceState state) {
        var created = InstanceRecord.created(
                InstanceAddress.parse(address), new Slot(new NetId(0), offset), Ceremony.REVISION, SIZE);
        return switch (state) {
            case READY -> created;
            case RUNNING -> Launched.booted(created, 1);
            case WARM -> Launched.booted(created, 1).reached(InstanceState.WARM, Optional.empty());
            default -> Launched.booted(created, 1).reached(InstanceState.STOPPED, Optional.empty());
        };
    }

    /// A revision that was withdrawn does not run again, and a size that was taken back is not used again.
    @Test
    @Tag("claim-H1")
    void warmGuestThatIsNotAsInTheState_isNotResumed() {
        var warm = instance("demo/web/i-00000001", 3, InstanceState.WARM);
        var now = warm.revision();
        var withdrawn = warm.attached(Ceremony.SOME, SIZE);
        assertThat(entailment(List.of(withdrawn)).resume(withdrawn)).contains(Refusal.REVISION_DIFFERS);
        var larger = warm.attached(now, new Resources(4, 512, 5));
        assertThat(entailment(List.of(larger)).resume(larger)).contains(Refusal.RESOURCES_DIFFER);
        assertThat(entailment(List.of(warm)).resume(warm)).isEmpty();
    }

    @Test
    void exactlyWhatTheStateSays_isEntailed() {
        assertThat(entailment(List.of()).create(plan("demo/web/i-00000001", 3))).isEmpty();
        assertThat(entailment(List.of()).setupNetwork(new NetId(0))).isEmpty();
    }

    @Test
    @Tag("claim-H1")
    void anythingElse_isNot() {
        var nothing = entailment(List.of());
        assertThat(nothing.create(plan("rival/web/i-00000001", 3))).contains(Refusal.NOT_IN_STATE);
        assertThat(nothing.create(plan("demo/cache/i-00000001", 3))).contains(Refusal.NOT_IN_STATE);
        assertThat(nothing.setupNetwork(new NetId(1))).contains(Refusal.NOT_IN_STATE);
        var good = plan("demo/web/i-00000001", 3);
        assertThat(nothing.create(new HostOperation.CreateInstance(
                        good.address(), new Slot(new NetId(1), 3), good.revision(), good.resources())))
                .contains(Refusal.NOT_IN_STATE);
        assertThat(nothing.create(new HostOperation.CreateInstance(
                        good.address(), good.slot(), Digest.of(new byte[] {9}), good.resources())))
                .contains(Refusal.REVISION_DIFFERS);
        for (var size : List.of(new Resources(3, 256, 5), new Resources(2, 255, 5), new Resources(2, 256, 6))) {
            assertThat(nothing.create(
                            new HostOperation.CreateInstance(good.address(), good.slot(), good.revision(), size)))
                    .contains(Refusal.RESOURCES_DIFFER);
        }
    }

    @Test
    void takenIdAndSlot_areRefused() {
        var there = List.of(instance("demo/web/i-00000001", 3, InstanceState.RUNNING));
        assertThat(entailment(there).create(plan("demo/db/i-00000001", 4))).contains(Refusal.ID_TAKEN);
        assertThat(entailment(there).create(plan("demo/web/i-00000002", 3))).contains(Refusal.SLOT_TAKEN);
    }

    @Test
    void withoutAState_nothingIsEntailed() {
        var none = new Entailment(Optional.empty(), List.of(), Ceremony.NOW);
        var stopped = instance("demo/web/i-00000001", 3, InstanceState.STOPPED);
        assertThat(none.create(plan("demo/web/i-00000001", 3))).contains(Refusal.NO_STATE);
        assertThat(none.setupNetwork(new NetId(0))).contains(Refusal.NO_STATE);
        assertThat(none.start(stopped)).contains(Refusal.NO_STATE);
        assertThat(none.attach(stopped)).contains(Refusal.NO_STATE);
        assertThat(none.resume(stopped)).contains(Refusal.NO_STATE);
        assertThat(none.pause(stopped)).contains(Refusal.NO_STATE);
        assertThat(none.handOver(new HostOperation.GuestExec(stopped.address().instance(), Bytes.EMPTY), stopped))
                .contains(Refusal.NO_STATE);
    }

    @Test
    @Tag("claim-T3")
    void expiredState_freezes() {
        Instant late = installed.state().value().expires();
        var stopped = instance("demo/web/i-00000001", 3, InstanceState.STOPPED);
        var warm = instance("demo/web/i-00000002", 4, InstanceState.WARM);
        var frozen = new Entailment(Optional.of(installed), List.of(stopped, warm), late);
        assertThat(frozen.create(plan("demo/web/i-00000003", 5))).contains(Refusal.FROZEN);
        assertThat(frozen.attach(stopped)).contains(Refusal.FROZEN);
        assertThat(frozen.start(stopped)).contains(Refusal.FROZEN);
        assertThat(frozen.resume(warm)).contains(Refusal.FROZEN);
    }

    /// A tenant that has left the state leaves its instances on its bridge until they are stopped.
    @Test
    @Tag("claim-N1")
    void networkOnWhichAnotherTenantStillHasAnInstance_isNoPlaceForOne() {
        var left = instance("gone/web/i-00000009", 9, InstanceState.RUNNING);
        assertThat(entailment(List.of(left)).create(plan("demo/web/i-00000001", 3)))
                .contains(Refusal.SLOT_TAKEN);
        assertThat(entailment(List.of()).create(plan("demo/web/i-00000001", 3))).isEmpty();
    }

    /// Two requests at the same time count as two requests one after the other.
    @Test
    @Tag("claim-H1")
    void whatIsUnderWay_counts() {
        var one = instance("demo/web/i-00000001", 3, InstanceState.RUNNING);
        var two = instance("demo/web/i-00000002", 4, InstanceState.RUNNING);
        assertThat(entailment(List.of(one, two)).pause(two)).isEmpty();
        assertThat(entailment(List.of(one.begun(Intent.PAUSE), two)).pause(two)).contains(Refusal.QUOTA_EXCEEDED);
        var third = instance("demo/web/i-00000003", 5, InstanceState.WARM);
        var fourth = instance("demo/db/i-00000004", 6, InstanceState.WARM);
        assertThat(entailment(List.of(one, two, third, fourth)).resume(fourth)).isEmpty();
        assertThat(entailment(List.of(one, two, third.begun(Intent.RESUME), fourth))
                        .resume(fourth))
                .contains(Refusal.QUOTA_EXCEEDED);
    }

    /// Room for two of 256 MiB, which those of another tenant do not take.
    @Test
    @Tag("claim-H1")
    void memoryOfThoseThatSleep_isWithinItsQuota() {
        var one = instance("demo/web/i-00000001", 3, InstanceState.RUNNING);
        var two = instance("demo/db/i-00000002", 4, InstanceState.RUNNING);
        var three = instance("demo/web/i-00000003", 5, InstanceState.WARM);
        var other = instance("rival/web/i-00000004", 6, InstanceState.RUNNING);
        assertThat(entailment(List.of(slept(one), two, three, slept(other))).sleep(three))
                .isEmpty();
        assertThat(entailment(List.of(slept(one), slept(two), three)).sleep(three))
                .contains(Refusal.QUOTA_EXCEEDED);
        assertThat(entailment(List.of(slept(one), two.begun(Intent.SLEEP), three))
                        .sleep(three))
                .contains(Refusal.QUOTA_EXCEEDED);
        for (var intent : List.of(Intent.WAKE, Intent.STOP, Intent.DESTROY)) {
            assertThat(entailment(List.of(slept(one), slept(two).begun(intent), three))
                            .sleep(three))
                    .as("a snapshot is there while its %s is under way", intent)
                    .contains(Refusal.QUOTA_EXCEEDED);
        }
        assertThat(entailment(List.of(slept(one), two.begun(Intent.SLEEP))).sleep(two))
                .as("its own place")
                .isEmpty();
        assertThat(entailment(List.of(slept(one), slept(two))).wake(slept(one)))
                .as("a wake takes no place")
                .isEmpty();
    }

    /// Sealers of one tenant leave room for those of others, and all of them leave the node its memory.
    @Test
    @Tag("claim-H1")
    void sleepsAtWork_areBoundedOnTheNodeAndByTenant() {
        var plenty = new Quotas(8, 1024, 3, 1, 2, 4, 30, Quotas.UNLIMITED);
        var state = installed(plenty, new Counts(2, 1, 0), new Counts(1, 0, 0), Set.of());
        var one = instance("demo/web/i-00000001", 3, InstanceState.RUNNING);
        assertThat(refusals(state, one, Map.of("rival", 40))).as("its own").isEmpty();
        assertThat(refusals(state, one, Map.of("demo", 4))).isEmpty();
        assertThat(refusals(state, one, Map.of("demo", 5))).contains(Refusal.TOO_MANY_SLEEPS);
        assertThat(refusals(state, one, Map.of("demo", 1, "rival", 4))).isEmpty();
        assertThat(refusals(state, one, Map.of("demo", 1, "rival", 5))).contains(Refusal.TOO_MANY_SLEEPS);
        var others = IntStream.range(0, 32).boxed().collect(Collectors.toMap(i -> "t" + i, _ -> 1));
        assertThat(refusals(state, one, others)).contains(Refusal.TOO_MANY_SLEEPS);
        others.remove("t0");
        assertThat(refusals(state, one, others)).isEmpty();
    }

    private static Optional<Refusal> refusals(InstalledState state, InstanceRecord one, Map<String, Integer> atWork) {
        var all = new ArrayList<>(
                List.of(one.begun(Intent.SLEEP), slept(instance("demo/web/i-000000ff", 4, InstanceState.RUNNING))));
        atWork.forEach((tenant, sleeps) -> {
            for (int i = 0; i < sleeps; i++) {
                all.add(instance(
                                tenant + "/web/" + InstanceId.of(16 + all.size()),
                                3 + all.size(),
                                InstanceState.RUNNING)
                        .begun(Intent.SLEEP));
            }
        });
        return new Entailment(Optional.of(state), all, Ceremony.NOW).sleep(one);
    }

    /// The number that an observation has room for.
    @Test
    @Tag("claim-H1")
    void nodeThatIsFull_hasRoomForNoMore() {
        var all = new ArrayList<InstanceRecord>();
        for (int i = 0; i < Observation.MAX_INSTANCES; i++) {
            var address = InstanceAddress.parse("rival/web/" + InstanceId.of(16 + i));
            all.add(InstanceRecord.created(address, new Slot(new NetId(1), 3), Ceremony.REVISION, SIZE));
        }
        assertThat(all).hasSize(4096);
        assertThat(entailment(all).create(plan("demo/web/i-00000001", 3))).contains(Refusal.COUNT_EXCEEDED);
        assertThat(entailment(all.subList(1, all.size())).create(plan("demo/web/i-00000001", 3)))
                .isEmpty();
    }

    @Test
    @Tag("claim-H8")
    void exec_needsThePoolsFlag() {
        assertThat(exec("demo/web/i-00000001", 3)).isEmpty();
        assertThat(exec("demo/db/i-00000002", 4)).contains(Refusal.EXEC_NOT_GRANTED);
        assertThat(exec("demo/cache/i-00000003", 5)).contains(Refusal.NOT_IN_STATE);
    }

    @Test
    @Tag("claim-G7")
    void logs_needThePoolsFlag_andExecIsNotEnough() {
        assertThat(logs("demo/web/i-00000001", 3)).contains(Refusal.LOGS_NOT_GRANTED);
        assertThat(logs("demo/cache/i-00000003", 5)).contains(Refusal.NOT_IN_STATE);
        var with = installed(QUOTAS, new Counts(2, 1, 0), new Counts(1, 0, 0), Set.of(PoolFlag.LOGS));
        var web = instance("demo/web/i-00000001", 3, InstanceState.STOPPED);
        assertThat(new Entailment(Optional.of(with), List.of(), Ceremony.NOW)
                        .handOver(new HostOperation.GuestLogs(web.address().instance(), true), web))
                .isEmpty();
    }

    private Optional<Refusal> exec(String address, int offset) {
        var record = instance(address, offset, InstanceState.RUNNING);
        return entailment(List.of())
                .handOver(new HostOperation.GuestExec(record.address().instance(), Bytes.EMPTY), record);
    }

    private Optional<Refusal> logs(String address, int offset) {
        var record = instance(address, offset, InstanceState.RUNNING);
        return entailment(List.of())
                .handOver(new HostOperation.GuestLogs(record.address().instance(), false), record);
    }

    @Test
    @Tag("claim-H1")
    void otherRevisionThanThePools_doesNotBoot() {
        var old = InstanceRecord.created(
                InstanceAddress.parse("demo/web/i-00000001"), new Slot(new NetId(0), 3), Ceremony.SOME, SIZE);
        assertThat(entailment(List.of(old)).start(old)).contains(Refusal.REVISION_DIFFERS);
        var larger = InstanceRecord.created(old.address(), old.slot(), Ceremony.REVISION, new Resources(2, 257, 5));
        assertThat(entailment(List.of(larger)).start(larger)).contains(Refusal.RESOURCES_DIFFER);
    }

    /// Any sequence of operations, each tried whether sensible or not: permissions never add up to more than the
    /// state and its quotas, at no moment.
    @Test
    @Tag("claim-H1")
    void hostileSequence_neverExceedsWhatWasSigned() {
        Property.holds(1_500, draw -> {
            var host = new ArrayList<InstanceRecord>();
            for (int step = 0; step < 40; step++) {
                attack(draw, host);
                bounded(host);
            }
        });
    }

    private void attack(Draw draw, List<InstanceRecord> host) {
        var pool = draw.one("web", "db");
        if (host.isEmpty() || draw.intBetween(0, 2) == 0) {
            var plan = plan("demo/" + pool + "/" + InstanceId.of(draw.intBetween(1, 12)), draw.intBetween(3, 14));
            if (entailment(host).create(plan).isEmpty()) {
                host.add(InstanceRecord.created(plan.address(), plan.slot(), Ceremony.REVISION, SIZE));
            }
            return;
        }
        int at = draw.intBetween(0, host.size() - 1);
        var record = host.get(at);
        Optional<dev.mvm.protocol.hostd.Label> none = Optional.empty();
        switch (draw.intBetween(0, 6)) {
            case 0 -> {
                if (may(record, new HostOperation.StartInstance(record.address().instance()))
                        && entailment(host).start(record).isEmpty()) {
                    host.set(at, Launched.booted(record, 1));
                }
            }
            case 1 -> {
                if (may(record, new HostOperation.PauseInstance(record.address().instance()))
                        && entailment(host).pause(record).isEmpty()) {
                    host.set(at, record.reached(InstanceState.WARM, none));
                }
            }
            case 2 -> {
                if (may(
                                record,
                                new HostOperation.ResumeInstance(
                                        record.address().instance()))
                        && entailment(host).resume(record).isEmpty()) {
                    host.set(at, record.reached(InstanceState.RUNNING, none));
                }
            }
            case 3 -> {
                if (may(record, new HostOperation.StopInstance(record.address().instance(), 0))) {
                    host.set(at, record.reached(InstanceState.STOPPED, none));
                }
            }
            case 4 -> {
                if (may(record, new HostOperation.SleepInstance(record.address().instance(), true))
                        && entailment(host).sleep(record).isEmpty()) {
                    host.set(at, slept(record));
                }
            }
            case 5 -> {
                if (may(record, new HostOperation.WakeInstance(record.address().instance()))
                        && entailment(host).wake(record).isEmpty()) {
                    host.set(at, Launched.woken(record));
                }
            }
            default -> host.remove(at);
        }
    }

    private static InstanceRecord slept(InstanceRecord record) {
        return record.withSleep(record.sleep().next().sealed(1, 1, 1)).asleep();
    }

    private static boolean may(InstanceRecord record, HostOperation.OnInstance operation) {
        return AllowedOperations.refusal(record.state(), true, operation).isEmpty();
    }

    private static void bounded(List<InstanceRecord> host) {
        var inMemory = host.stream().filter(InstanceRecord::holdsMemory).toList();
        assertThat(inMemory.size() * SIZE.vcpus()).isLessThanOrEqualTo(QUOTAS.maxVcpus());
        assertThat(inMemory.size() * SIZE.memMib()).isLessThanOrEqualTo(QUOTAS.maxMemMib());
        assertThat(inMemory.stream()
                        .filter(i -> i.state() == InstanceState.RUNNING)
                        .count())
                .isLessThanOrEqualTo(QUOTAS.maxRunning());
        assertThat(inMemory.stream()
                        .filter(i -> i.state() == InstanceState.WARM)
                        .count())
                .isLessThanOrEqualTo(QUOTAS.maxWarm());
        assertThat(host.stream()
                                .filter(i -> i.state() == InstanceState.SLEEPING)
                                .count()
                        * SIZE.memMib())
                .isLessThanOrEqualTo(QUOTAS.maxSleepingMemMib());
        assertThat(host.size() * SIZE.diskGib()).isLessThanOrEqualTo(QUOTAS.maxDiskGib());
        for (var pool : List.of("web", "db")) {
            var members = host.stream()
                    .filter(i -> i.address().pool().value().equals(pool))
                    .toList();
            assertThat(members.size()).isLessThanOrEqualTo(QUOTAS.maxInstancesPerPool());
            assertThat(members.stream().filter(InstanceRecord::holdsMemory).count())
                    .isLessThanOrEqualTo(pool.equals("web") ? 3 : 1);
        }
        assertThat(host.stream().map(InstanceRecord::slot).distinct().count()).isEqualTo(host.size());
        assertThat(host.stream().map(i -> i.address().instance()).distinct().count())
                .isEqualTo(host.size());
        assertThat(host.stream().map(i -> i.address().tenant()).distinct()).isSubsetOf(List.of(new TenantId("demo")));
    }
}
