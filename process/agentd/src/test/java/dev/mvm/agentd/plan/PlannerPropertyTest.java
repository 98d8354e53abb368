package dev.mvm.agentd.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Launched;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.InstalledState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Properties of every plan, from any host to any state: under hostd's own policy, in any order within a wave.
final class PlannerPropertyTest {
    private static final Digest OTHER = Digest.of(new byte[] {7});
    private static final Digest OLD = OTHER;
    private static final PoolId STRANGE = new PoolId("strange");

    private static Counts counts(Draw draw) {
        return new Counts(draw.intBetween(0, 3), draw.intBetween(0, 2), draw.intBetween(0, 2));
    }

    /// From plenty to none left over.
    private static Quotas quotas(Draw draw, Counts... pools) {
        var least = States.tight(pools);
        int more = draw.one(0, 1, 3, 40);
        return new Quotas(
                least.maxVcpus() + more,
                least.maxMemMib() + more * States.SIZE.memMib(),
                least.maxRunning() + more,
                least.maxWarm() + more,
                2,
                least.maxInstancesPerPool() + more,
                least.maxDiskGib() + more,
                least.maxSleepingMemMib() + draw.one(0, 64, 128, 3 * 128, 64 * 128));
    }

    private static InstalledState state(Draw draw) {
        var pools = new Counts[] {counts(draw), counts(draw)};
        Set<PoolFlag> flags =
                draw.one(Set.of(), Set.of(PoolFlag.NO_RESTART), Set.of(PoolFlag.PINNED), Set.of(PoolFlag.CRITICAL));
        var key = draw.one(KeyPurpose.SNAPSHOT, KeyPurpose.SNAPSHOT, KeyPurpose.VOLUME);
        return States.of(quotas(draw, pools), flags, key, States.SIZE, pools);
    }

    /// A host in any condition, some of which no state would have led to.
    private static ModelHost host(Draw draw) {
        var installed = state(draw);
        var late = draw.one(Duration.ZERO, Duration.ZERO, Duration.ofDays(2));
        var host = new ModelHost(installed, Ceremony.NOW.plus(late));
        if (draw.flag()) {
            host.networks.add(new NetId(0));
        }
        int count = draw.intBetween(0, 9);
        for (int i = 0; i < count; i++) {
            var pool = draw.one(new PoolId("p0"), new PoolId("p1"), STRANGE);
            var address = new InstanceAddress(Ceremony.DEMO, pool, InstanceId.of(i));
            host.records.put(address.instance(), record(draw, address, i));
            if (draw.flag()) {
                host.attached.add(address.instance());
            }
        }
        return host;
    }

    private static InstanceRecord record(Draw draw, InstanceAddress address, int i) {
        var size = draw.one(States.SIZE, States.SIZE, new Resources(1, 128, 2), new Resources(2, 64, 1));
        var revision = draw.one(Ceremony.REVISION, Ceremony.REVISION, OLD);
        var made = InstanceRecord.created(address, new Slot(new NetId(0), Slot.FIRST + i), revision, size);
        var state = draw.one(
                InstanceState.RUNNING,
                InstanceState.WARM,
                InstanceState.SLEEPING,
                InstanceState.STOPPED,
                InstanceState.READY);
        var runs = Launched.booted(made, draw.between(1, 50));
        return switch (state) {
            case RUNNING -> runs;
            case WARM -> runs.reached(InstanceState.WARM, Optional.empty());
            case SLEEPING -> ModelHost.slept(runs).reached(InstanceState.SLEEPING, reason(draw));
            case STOPPED -> runs.reached(InstanceState.STOPPED, reason(draw));
            default -> made;
        };
    }

    private static Optional<Label> reason(Draw draw) {
        return draw.one(
                Optional.empty(),
                Optional.of(new Label("snapshot_wrong_machine")),
                Optional.of(new Label("vmm_exited")));
    }

    private static Policy policy(Draw draw, ModelHost host) {
        var manual = new HashSet<InstanceId>();
        var resting = new HashMap<InstanceId, Policy.IdleTarget>();
        for (var record : host.records.values()) {
            var id = record.address().instance();
            boolean lives = record.holdsMemory() || record.state() == InstanceState.SLEEPING;
            switch (draw.intBetween(0, lives ? 7 : 5)) {
                case 5 -> manual.add(id);
                case 6 -> resting.put(id, new Policy.IdleTarget(InstanceState.WARM, StepReason.IDLE));
                case 7 -> resting.put(id, new Policy.IdleTarget(InstanceState.SLEEPING, StepReason.PRESSURE));
                default -> {}
            }
        }
        Set<PoolAddress> cold = draw.flag() ? Set.of(new PoolAddress(Ceremony.DEMO, new PoolId("p0"))) : Set.of();
        return new Policy(manual, resting, new Policy.Prune(draw.flag(), draw.flag()), cold);
    }

    /// hostd never refuses, whichever order the steps of a wave come in, and therefore no quota is exceeded at any
    /// point; afterwards nothing is left to do.
    @Test
    void plan_isPermittedAtEveryStepInAnyOrder_andConverges() {
        Property.holds(1_500, draw -> {
            var host = host(draw);
            var policy = policy(draw, host);
            var plan = host.plan(policy);
            var held = Map.copyOf(host.records);
            var random = new Random(draw.between(0, 1 << 20));
            host.perform(plan, steps -> {
                var order = new ArrayList<>(steps);
                Collections.shuffle(order, random);
                return order;
            });
            assertThat(host.plan(policy).steps()).as("left after %s", plan).isEmpty();
            policy.manual().forEach(id -> assertThat(host.records.get(id)).isEqualTo(held.get(id)));
            held.forEach((id, record) -> {
                if (staysEnded(host, record)) {
                    assertThat(host.records.get(id)).isEqualTo(record);
                }
            });
            untouched(plan, host);
        });
    }

    private static boolean staysEnded(ModelHost host, InstanceRecord record) {
        var pool = host.installed.pool(record.address().poolAddress());
        return record.state() == InstanceState.STOPPED
                && record.reason().equals(Optional.of(new Label("vmm_exited")))
                && pool.isPresent()
                && pool.get().flags().contains(PoolFlag.NO_RESTART);
    }

    /// Flags and prune are kept to.
    private static void untouched(Plan plan, ModelHost host) {
        for (var step : plan.steps()) {
            var pool = host.installed.pool(step.instance().poolAddress());
            if (pool.isEmpty()) {
                assertThat(step.reason()).isEqualTo(StepReason.UNKNOWN_POOL);
                continue;
            }
            assertThat(pool.get().flags()).doesNotContain(PoolFlag.CRITICAL);
            if (pool.get().flags().contains(PoolFlag.PINNED)) {
                assertThat(step.reason())
                        .isIn(
                                StepReason.TOO_FEW_RUN,
                                StepReason.TOO_FEW_WARM,
                                StepReason.SNAPSHOT_UNFIT,
                                StepReason.WARM_UNFIT);
            }
        }
    }

    /// Without a shortfall, every count is reached, and no more sleeping instances are woken than needed.
    @Test
    void planWithoutShortfalls_reachesEveryCount() {
        Property.holds(500, draw -> {
            var host = host(draw);
            var before = host.in(InstanceState.SLEEPING).size();
            var plan = host.converge();
            for (var pool : host.installed.state().value().tenants().getFirst().pools()) {
                boolean left = !pool.flags().isEmpty()
                        || plan.shortfalls().stream()
                                .anyMatch(s -> s.pool().pool().equals(pool.pool()));
                if (!left) {
                    assertThat(count(host, pool.pool(), InstanceState.RUNNING))
                            .isEqualTo(pool.counts().running());
                    assertThat(count(host, pool.pool(), InstanceState.WARM))
                            .isEqualTo(pool.counts().warm());
                }
            }
            long stopped = plan.steps().stream()
                    .filter(step -> step.operation().word().equals("wake_instance"))
                    .count();
            assertThat(host.in(InstanceState.SLEEPING).size()).isGreaterThanOrEqualTo(before - (int) stopped);
        });
    }

    private static long count(ModelHost host, PoolId pool, InstanceState state) {
        return host.in(state).stream()
                .filter(record -> record.address().pool().equals(pool))
                .count();
    }

    @Test
    void plan_doesNotDependOnTheOrderOfItsInput() {
        Property.holds(200, draw -> {
            var host = host(draw);
            var policy = policy(draw, host);
            var observed = host.observe();
            var shuffled = new ArrayList<>(observed.instances());
            Collections.shuffle(shuffled, new Random(draw.between(0, 1000)));
            var other = new ObservedState(shuffled, Set.copyOf(observed.networks()));
            var input = host.input(observed, policy);
            var desired = input.desired();
            var reversed = new DesiredState(desired.tenants().reversed(), desired.frozen(), desired.spared());
            assertThat(Planner.plan(new Planner.Input(
                            reversed,
                            other,
                            policy,
                            host.input(observed, policy).fresh())))
                    .isEqualTo(Planner.plan(input));
        });
    }

    /// The whole of several tenants is what each is by itself.
    @Test
    void tenants_areIndependentOfEachOther() {
        Property.holds(200, draw -> {
            var host = host(draw);
            var observed = new ArrayList<>(host.observe().instances());
            var stranger = host.observe().instances();
            for (var instance : stranger) {
                observed.add(elsewhere(instance, "aaa"));
                observed.add(elsewhere(instance, "zzz"));
            }
            var input = host.input(host.observe(), Policy.NONE);
            var more = new ObservedState(observed, input.observed().networks());
            assertThat(Planner.plan(new Planner.Input(
                                    input.desired(),
                                    more,
                                    Policy.NONE,
                                    host.input(host.observe(), Policy.NONE).fresh()))
                            .steps())
                    .isEqualTo(Planner.plan(input).steps());
        });
    }

    private static Observation.Instance elsewhere(Observation.Instance instance, String tenant) {
        var address = InstanceAddress.parse(tenant + "/" + instance.address().pool() + "/"
                + instance.address().instance());
        return new Observation.Instance(
                address,
                instance.slot(),
                instance.state(),
                instance.revision(),
                instance.resources(),
                instance.attached(),
                false,
                false,
                false,
                Observation.Hook.NONE,
                instance.started(),
                instance.reason(),
                Observation.Usage.NONE,
                Optional.empty());
    }

    @Test
    void emptyState_stopsWhatHasMemory_andLeavesAllElseAlone_unlessItIsToBePruned() {
        var host = new ModelHost(States.of(Set.of()), Ceremony.NOW);
        Property.holds(50, draw -> {
            var some = host(draw).under(host.installed);
            assertThat(some.plan().steps())
                    .allMatch(step -> step.operation() instanceof HostOperation.StopInstance)
                    .extracting(step -> some.records.get(step.instance().instance()))
                    .containsExactlyInAnyOrderElementsOf(some.records.values().stream()
                            .filter(InstanceRecord::holdsMemory)
                            .toList());
            var plan = some.plan(new Policy(Set.of(), Map.of(), new Policy.Prune(true, true), Set.of()));
            assertThat(plan.steps()).hasSize(some.records.size());
            some.perform(plan, List::copyOf);
            assertThat(some.records).isEmpty();
        });
    }
}
