package dev.mvm.agentd.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.policy.Entailment;
import dev.mvm.hostd.policy.Permits;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Resources;
import dev.mvm.model.Revision;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Floor;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.SealedKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Plans carried out on a model of the host that permits exactly what the real one does, by the real one's own
/// policy.
final class PlannerTest {
    private static final Resources SIZE = new Resources(1, 128, 1);
    private static final Ceremony CEREMONY = new Ceremony();

    /// A host without kernel: records, networks, and hostd's policy.
    private static final class ModelHost {
        final Map<InstanceId, InstanceRecord> records = new LinkedHashMap<>();
        final Set<InstanceId> attached = new HashSet<>();
        final Set<NetId> networks = new HashSet<>();
        final InstalledState installed;
        final Instant now;
        long clock = 1000;

        ModelHost(InstalledState installed, Instant now) {
            this.installed = installed;
            this.now = now;
        }

        Observation observe() {
            var instances = new ArrayList<Observation.Instance>();
            for (var record : records.values()) {
                instances.add(new Observation.Instance(
                        record.address(),
                        record.slot(),
                        record.state(),
                        record.revision().digest(),
                        record.resources(),
                        attached.contains(record.address().instance()),
                        false,
                        false,
                        Observation.Hook.NONE,
                        record.started(),
                        record.reason(),
                        Optional.empty()));
            }
            return new Observation(
                    0,
                    "dev",
                    "model",
                    "tcg",
                    1,
                    1,
                    1,
                    0,
                    List.of(),
                    List.copyOf(networks),
                    instances,
                    Map.of(),
                    List.of());
        }

        void perform(HostOperation operation) {
            var entailment = new Entailment(Optional.of(installed), records.values(), now);
            switch (operation) {
                case HostOperation.SetupNetwork o -> {
                    assertThat(entailment.setupNetwork(o.net())).isEmpty();
                    networks.add(o.net());
                }
                case HostOperation.CreateInstance o -> {
                    assertThat(entailment.create(o)).as("%s", o).isEmpty();
                    records.put(
                            o.address().instance(),
                            InstanceRecord.created(o.address(), o.slot(), Ceremony.REVISION, o.resources()));
                }
                case HostOperation.OnInstance o -> onInstance(entailment, o);
                default -> throw new AssertionError("a plan does not hold " + operation);
            }
        }

        private void onInstance(Entailment entailment, HostOperation.OnInstance o) {
            var record = records.get(o.instance());
            assertThat(Permits.refusal(record.state(), attached.contains(o.instance()), o))
                    .as("%s in %s", o, record.state())
                    .isEmpty();
            switch (o) {
                case HostOperation.AttachDrives a -> {
                    assertThat(entailment.attach(record)).isEmpty();
                    attached.add(a.instance());
                    var pool = installed.pool(record.address().poolAddress()).orElseThrow();
                    records.put(a.instance(), record.with(pool.revision(), pool.resources()));
                }
                case HostOperation.StartInstance s -> {
                    assertThat(entailment.start(record)).isEmpty();
                    attached.remove(s.instance());
                    records.put(
                            s.instance(), record.startedAt(clock++).reached(InstanceState.RUNNING, Optional.empty()));
                }
                case HostOperation.ResumeInstance r -> {
                    assertThat(entailment.resume(record)).isEmpty();
                    records.put(r.instance(), record.reached(InstanceState.RUNNING, Optional.empty()));
                }
                case HostOperation.PauseInstance p ->
                    records.put(p.instance(), record.reached(InstanceState.WARM, Optional.empty()));
                case HostOperation.SleepInstance s -> {
                    assertThat(s.force()).isFalse();
                    records.put(s.instance(), slept(record));
                }
                case HostOperation.WakeInstance w -> {
                    assertThat(entailment.start(record)).isEmpty();
                    records.put(w.instance(), record.reached(InstanceState.RUNNING, Optional.empty()));
                }
                case HostOperation.StopInstance s ->
                    records.put(s.instance(), record.reached(InstanceState.STOPPED, Optional.empty()));
                default -> throw new AssertionError("a plan does not hold " + o);
            }
        }

        void perform(Plan plan) {
            plan.networks().forEach(this::perform);
            for (var chains : List.of(plan.down(), plan.up())) {
                var order = new ArrayList<>(chains);
                Collections.shuffle(order, new Random(order.size()));
                order.forEach(chain -> chain.steps().forEach(this::perform));
            }
        }

        Plan plan(Set<InstanceId> manual) {
            return Planner.plan(new Planner.Input(installed, observe(), manual, now, fresh()));
        }

        List<InstanceId> fresh() {
            return IntStream.range(0, 600)
                    .mapToObj(i -> InstanceId.of(0x1000 + i))
                    .filter(id -> !records.containsKey(id))
                    .toList();
        }
    }

    private static InstalledState installed(Set<PoolFlag> flags, Counts... pools) {
        return installed(flags, KeyPurpose.SNAPSHOT, pools);
    }

    private static InstalledState installed(Set<PoolFlag> flags, KeyPurpose purpose, Counts... pools) {
        var granted = Ceremony.grant(Ceremony.DEMO, 0);
        var template = granted.pools().getFirst();
        var grantPools = new ArrayList<Grant.Pool>();
        var statePools = new ArrayList<NodeState.Pool>();
        for (int i = 0; i < pools.length; i++) {
            var id = new PoolId("p" + i);
            grantPools.add(new Grant.Pool(
                    id,
                    template.revisions(),
                    template.ceiling(),
                    template.count(),
                    Arrays.stream(PoolFlag.values())
                            .filter(flag -> !flag.duty())
                            .collect(Collectors.toSet())));
            statePools.add(new NodeState.Pool(id, Ceremony.REVISION, SIZE, pools[i], flags));
        }
        var grant = CEREMONY.verified(new Grant(
                granted.tenant(),
                1,
                granted.network(),
                granted.notBefore(),
                granted.expires(),
                granted.quotas(),
                grantPools,
                List.of(new Grant.Key(new KeyName("asleep"), purpose, 1))));
        var key = new SealedKey(new KeyName("asleep"), purpose, 1, Bytes.of(new byte[32]), Bytes.of(new byte[48]));
        var base = Ceremony.state(grant, Counts.NONE);
        var state = new NodeState(
                Ceremony.NODE,
                1,
                Optional.empty(),
                base.issuedAt(),
                base.expires(),
                base.grants(),
                List.of(new NodeState.Tenant(
                        Ceremony.DEMO, Ceremony.network(0), granted.quotas(), statePools, List.of(key))));
        try {
            return CEREMONY.verifier.newState(
                    CEREMONY.signed(state), CEREMONY.context(Floor.NONE, Ceremony.NOW, grant));
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    private static Counts counts(Draw draw) {
        return new Counts(draw.intBetween(0, 3), draw.intBetween(0, 2), draw.intBetween(0, 2));
    }

    @Test
    void emptyHost_isBroughtUpInOnePlan() {
        var host = new ModelHost(installed(Set.of(), new Counts(2, 1, 0)), Ceremony.NOW);
        host.perform(host.plan(Set.of()));
        assertThat(host.records.values())
                .extracting(InstanceRecord::state)
                .containsExactlyInAnyOrder(InstanceState.RUNNING, InstanceState.RUNNING, InstanceState.WARM);
        assertThat(host.networks).containsExactly(new NetId(0));
        assertThat(host.records.values()).extracting(r -> r.slot().offset()).containsExactlyInAnyOrder(3, 4, 5);
        assertThat(host.plan(Set.of())).isEqualTo(Plan.NOTHING);
    }

    /// From any host that an earlier state may have left to any other state: every step is permitted by hostd, and
    /// afterwards nothing is left to do.
    @Test
    void plan_isPermittedAtEveryStep_andConverges() {
        Property.holds(600, draw -> {
            var before = new ModelHost(installed(Set.of(), counts(draw), counts(draw)), Ceremony.NOW);
            before.perform(before.plan(Set.of()));
            var host = new ModelHost(installed(Set.of(), counts(draw), counts(draw)), Ceremony.NOW);
            host.records.putAll(before.records);
            host.networks.addAll(draw.flag() ? before.networks : Set.of());
            disturb(draw, host);
            var asleep = asleep(host);
            var manual = manual(draw, host);
            host.perform(host.plan(manual));
            assertThat(host.plan(manual)).isEqualTo(Plan.NOTHING);
            converged(host, manual, asleep);
        });
    }

    private static InstanceRecord slept(InstanceRecord record) {
        return record.reached(InstanceState.WARM, Optional.empty()).reached(InstanceState.SLEEPING, Optional.empty());
    }

    /// VMs that have died, were stopped, or were put to sleep.
    private static void disturb(Draw draw, ModelHost host) {
        for (var record : List.copyOf(host.records.values())) {
            if (record.holdsMemory() && draw.intBetween(0, 3) == 3) {
                host.records.put(
                        record.address().instance(),
                        draw.flag() ? record.reached(InstanceState.STOPPED, Optional.empty()) : slept(record));
            }
        }
    }

    private static Set<InstanceId> manual(Draw draw, ModelHost host) {
        var out = new HashSet<InstanceId>();
        for (var record : host.records.values()) {
            boolean byHand = record.state() == InstanceState.STOPPED || record.state() == InstanceState.SLEEPING;
            if (byHand && draw.intBetween(0, 5) == 5) {
                out.add(record.address().instance());
            }
        }
        return out;
    }

    private static Set<InstanceId> asleep(ModelHost host) {
        return host.records.values().stream()
                .filter(r -> r.state() == InstanceState.SLEEPING)
                .map(r -> r.address().instance())
                .collect(Collectors.toSet());
    }

    /// As many run and are warm as are wanted. Only for want of more that run or are warm is anything woken, and no
    /// more are put to sleep than are wanted asleep.
    private static void converged(ModelHost host, Set<InstanceId> manual, Set<InstanceId> asleepBefore) {
        for (var pool : host.installed.state().value().tenants().getFirst().pools()) {
            var members = host.records.values().stream()
                    .filter(r -> r.address().pool().equals(pool.pool()))
                    .toList();
            long held = members.stream()
                    .filter(r -> manual.contains(r.address().instance()))
                    .count();
            long running = members.stream()
                    .filter(r -> r.state() == InstanceState.RUNNING)
                    .count();
            long warm = members.stream()
                    .filter(r -> r.state() == InstanceState.WARM)
                    .count();
            long wanted = Math.max(0, pool.counts().running() - held);
            long heldBeyond = Math.max(0, held - pool.counts().running());
            assertThat(running).isEqualTo(wanted);
            assertThat(warm)
                    .isEqualTo(pool.counts().warm()
                            - Math.min(heldBeyond, pool.counts().warm()));
            var asleep = members.stream()
                    .filter(r -> r.state() == InstanceState.SLEEPING)
                    .map(r -> r.address().instance())
                    .toList();
            if (!asleepBefore.containsAll(asleep)) {
                assertThat(asleep).hasSizeLessThanOrEqualTo(pool.counts().sleeping());
            }
        }
    }

    @Test
    void plan_doesNotDependOnTheOrderOfItsInput() {
        Property.holds(200, draw -> {
            var host = new ModelHost(installed(Set.of(), new Counts(3, 2, 0)), Ceremony.NOW);
            host.perform(host.plan(Set.of()));
            var smaller = new ModelHost(installed(Set.of(), counts(draw)), Ceremony.NOW);
            smaller.records.putAll(host.records);
            var observed = smaller.observe();
            var shuffled = new ArrayList<>(observed.instances());
            Collections.shuffle(shuffled, new Random(draw.between(0, 1000)));
            var other = new Observation(
                    0,
                    "dev",
                    "model",
                    "tcg",
                    1,
                    1,
                    1,
                    0,
                    List.of(),
                    observed.networks(),
                    shuffled,
                    Map.of(),
                    List.of());
            var fresh = smaller.fresh();
            assertThat(Planner.plan(new Planner.Input(smaller.installed, other, Set.of(), Ceremony.NOW, fresh)))
                    .isEqualTo(Planner.plan(
                            new Planner.Input(smaller.installed, observed, Set.of(), Ceremony.NOW, fresh)));
        });
    }

    @Test
    void cheapestComesFirst_resumeBeforeStartBeforeCreate() {
        var host = new ModelHost(installed(Set.of(), new Counts(1, 1, 0)), Ceremony.NOW);
        host.perform(host.plan(Set.of()));
        var larger = new ModelHost(installed(Set.of(), new Counts(3, 0, 0)), Ceremony.NOW);
        larger.records.putAll(host.records);
        var plan = larger.plan(Set.of());
        assertThat(plan.down()).isEmpty();
        assertThat(plan.up())
                .extracting(chain -> chain.steps().getFirst().getClass().getSimpleName())
                .containsExactly("ResumeInstance", "CreateInstance");
        larger.perform(plan);
        var one = new ModelHost(installed(Set.of(), new Counts(1, 0, 0)), Ceremony.NOW);
        one.records.putAll(larger.records);
        one.perform(one.plan(Set.of()));
        var again = new ModelHost(installed(Set.of(), new Counts(2, 0, 0)), Ceremony.NOW);
        again.records.putAll(one.records);
        assertThat(again.plan(Set.of()).up())
                .extracting(chain -> chain.steps().getFirst().getClass().getSimpleName())
                .containsExactly("AttachDrives");
    }

    private static ModelHost next(ModelHost before, Set<PoolFlag> flags, Counts counts) {
        var host = new ModelHost(installed(flags, counts), Ceremony.NOW);
        host.records.putAll(before.records);
        host.networks.addAll(before.networks);
        return host;
    }

    private static List<String> steps(List<Plan.Chain> chains) {
        return chains.stream()
                .map(chain -> chain.steps().stream()
                        .map(step -> step.getClass().getSimpleName())
                        .collect(Collectors.joining("+")))
                .toList();
    }

    @Test
    void tooMany_newestToWarm_thenToSleep_thenStopped() {
        var host = new ModelHost(installed(Set.of(), new Counts(4, 0, 0)), Ceremony.NOW);
        host.perform(host.plan(Set.of()));
        var fewer = next(host, Set.of(), new Counts(1, 1, 1));
        var plan = fewer.plan(Set.of());
        assertThat(steps(plan.down())).containsExactly("PauseInstance", "SleepInstance", "StopInstance");
        assertThat(plan.up()).isEmpty();
        fewer.perform(plan);
        assertThat(fewer.plan(Set.of())).isEqualTo(Plan.NOTHING);
        var none = next(fewer, Set.of(), new Counts(1, 0, 2));
        assertThat(steps(none.plan(Set.of()).down())).as("the warm one").containsExactly("SleepInstance");
    }

    @Test
    void tooFew_warmIsResumed_thenSleepingWoken_beforeStoppedAndNew() {
        var host = new ModelHost(installed(Set.of(), new Counts(4, 0, 0)), Ceremony.NOW);
        host.perform(host.plan(Set.of()));
        var fewer = next(host, Set.of(), new Counts(1, 1, 1));
        fewer.perform(fewer.plan(Set.of()));
        var more = next(fewer, Set.of(), new Counts(5, 0, 0));
        var plan = more.plan(Set.of());
        assertThat(plan.down()).isEmpty();
        assertThat(steps(plan.up()))
                .containsExactly(
                        "ResumeInstance",
                        "WakeInstance",
                        "AttachDrives+StartInstance",
                        "CreateInstance+AttachDrives+StartInstance");
        more.perform(plan);
        assertThat(more.plan(Set.of())).isEqualTo(Plan.NOTHING);
    }

    @Test
    void sleepingOnesBeyondTheirCount_areWokenToBeWarm_andNeverGivenUp() {
        var host = new ModelHost(installed(Set.of(), new Counts(3, 0, 0)), Ceremony.NOW);
        host.perform(host.plan(Set.of()));
        var asleep = next(host, Set.of(), new Counts(1, 0, 2));
        asleep.perform(asleep.plan(Set.of()));
        assertThat(steps(next(asleep, Set.of(), new Counts(1, 1, 1))
                        .plan(Set.of())
                        .up()))
                .containsExactly("WakeInstance+PauseInstance");
        assertThat(steps(next(asleep, Set.of(), new Counts(1, 1, 2))
                        .plan(Set.of())
                        .up()))
                .as("they are wanted asleep")
                .containsExactly("CreateInstance+AttachDrives+StartInstance+PauseInstance");
        assertThat(next(asleep, Set.of(), new Counts(1, 0, 0)).plan(Set.of())).isEqualTo(Plan.NOTHING);
    }

    @Test
    void noneIsBootedOnlyToSleep_andWithoutAKeyNothingSleeps() {
        var host = new ModelHost(installed(Set.of(), new Counts(2, 0, 0)), Ceremony.NOW);
        host.perform(host.plan(Set.of()));
        assertThat(next(host, Set.of(), new Counts(2, 0, 2)).plan(Set.of())).isEqualTo(Plan.NOTHING);
        var other = new ModelHost(installed(Set.of(), KeyPurpose.VOLUME, new Counts(1, 0, 1)), Ceremony.NOW);
        other.records.putAll(host.records);
        assertThat(steps(other.plan(Set.of()).down())).containsExactly("StopInstance");
    }

    @Test
    void instanceThatAnOperatorPutToSleep_isNeitherWokenNorReplaced() {
        var host = new ModelHost(installed(Set.of(), new Counts(1, 0, 1)), Ceremony.NOW);
        host.perform(host.plan(Set.of()));
        var id = host.records.keySet().iterator().next();
        host.records.put(id, slept(host.records.get(id)));
        assertThat(host.plan(Set.of(id))).isEqualTo(Plan.NOTHING);
        assertThat(steps(host.plan(Set.of()).up())).containsExactly("WakeInstance");
    }

    @Test
    void sleepingInstanceOfAnEarlierRevision_isNotWokenForACount() {
        var host = new ModelHost(installed(Set.of(), new Counts(1, 0, 1)), Ceremony.NOW);
        host.perform(host.plan(Set.of()));
        var record = host.records.values().iterator().next();
        var other = Digest.of(new byte[] {7});
        var old = slept(record.with(new Revision("path:old", other, other, other), SIZE));
        host.records.put(record.address().instance(), old);
        assertThat(steps(host.plan(Set.of()).up())).containsExactly("CreateInstance+AttachDrives+StartInstance");
    }

    @Test
    void sleepingInstanceWhoseSnapshotDoesNotOpen_isNotTriedAgainForACount() {
        var host = new ModelHost(installed(Set.of(), new Counts(1, 0, 1)), Ceremony.NOW);
        host.perform(host.plan(Set.of()));
        var record = host.records.values().iterator().next();
        for (var reason : List.of("snapshot_altered", "snapshot_wrong_epoch")) {
            host.records.put(
                    record.address().instance(),
                    slept(record).reached(InstanceState.SLEEPING, Optional.of(new Label(reason))));
            assertThat(steps(host.plan(Set.of()).up())).containsExactly("CreateInstance+AttachDrives+StartInstance");
        }
        host.records.put(
                record.address().instance(),
                slept(record).reached(InstanceState.SLEEPING, Optional.of(new Label("no_network"))));
        assertThat(steps(host.plan(Set.of()).up())).containsExactly("WakeInstance");
    }

    @Test
    void newestGoesFirst() {
        var host = new ModelHost(installed(Set.of(), new Counts(3, 0, 0)), Ceremony.NOW);
        host.perform(host.plan(Set.of()));
        var newest = host.records.values().stream()
                .max(java.util.Comparator.comparingLong(InstanceRecord::started))
                .orElseThrow();
        var smaller = new ModelHost(installed(Set.of(), new Counts(2, 0, 0)), Ceremony.NOW);
        smaller.records.putAll(host.records);
        assertThat(smaller.plan(Set.of()).down())
                .extracting(chain -> chain.instance())
                .containsExactly(newest.address());
    }

    @Test
    void instanceThatAnOperatorStopped_isNeitherStartedNorReplaced() {
        var host = new ModelHost(installed(Set.of(), new Counts(1, 0, 0)), Ceremony.NOW);
        host.perform(host.plan(Set.of()));
        var id = host.records.keySet().iterator().next();
        host.records.put(id, host.records.get(id).reached(InstanceState.STOPPED, Optional.empty()));
        assertThat(host.plan(Set.of(id))).isEqualTo(Plan.NOTHING);
        assertThat(host.plan(Set.of()).up()).hasSize(1);
    }

    @Test
    void frozenTenant_isOnlyScaledDown() {
        var state = installed(Set.of(), new Counts(2, 0, 0));
        var host = new ModelHost(state, Ceremony.NOW);
        host.perform(host.plan(Set.of()));
        var late = state.state().value().expires();
        var up = new ModelHost(installed(Set.of(), new Counts(3, 0, 0)), late);
        up.records.putAll(host.records);
        assertThat(up.plan(Set.of())).isEqualTo(Plan.NOTHING);
        var down = new ModelHost(installed(Set.of(), new Counts(1, 0, 0)), late);
        down.records.putAll(host.records);
        assertThat(down.plan(Set.of()).down()).hasSize(1);
    }

    @Test
    void pinnedPool_isNotScaledDown_andCriticalPool_isLeftAlone() {
        var host = new ModelHost(installed(Set.of(), new Counts(2, 0, 0)), Ceremony.NOW);
        host.perform(host.plan(Set.of()));
        for (var flag : List.of(PoolFlag.PINNED, PoolFlag.CRITICAL)) {
            var smaller = new ModelHost(installed(Set.of(flag), new Counts(1, 0, 0)), Ceremony.NOW);
            smaller.records.putAll(host.records);
            smaller.networks.addAll(host.networks);
            assertThat(smaller.plan(Set.of())).isEqualTo(Plan.NOTHING);
            var larger = new ModelHost(installed(Set.of(flag), new Counts(3, 0, 0)), Ceremony.NOW);
            larger.records.putAll(host.records);
            larger.networks.addAll(host.networks);
            assertThat(larger.plan(Set.of()).up()).hasSize(flag == PoolFlag.PINNED ? 1 : 0);
        }
    }

    @Test
    void instanceWithAnOldRevision_getsTheCurrentOneWhenItStarts() {
        var host = new ModelHost(installed(Set.of(), new Counts(1, 0, 0)), Ceremony.NOW);
        host.perform(host.plan(Set.of()));
        var record = host.records.values().iterator().next();
        var other = Digest.of(new byte[] {7});
        var old = record.with(new Revision("path:old", other, other, other), SIZE)
                .reached(InstanceState.STOPPED, Optional.empty());
        host.records.put(record.address().instance(), old);
        host.attached.add(record.address().instance());
        assertThat(host.plan(Set.of()).up().getFirst().steps().getFirst())
                .isInstanceOf(HostOperation.AttachDrives.class);
        host.perform(host.plan(Set.of()));
        assertThat(host.records.get(record.address().instance()).revision()).isEqualTo(Ceremony.REVISION);
    }
}
