package dev.mvm.agentd.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.policy.AllowedOperations;
import dev.mvm.hostd.policy.Entailment;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Launched;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.InstalledState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/// A host without kernel: records, networks, and hostd's own policy, which fails the test whenever it would refuse.
final class ModelHost {
    final Map<InstanceId, InstanceRecord> records = new LinkedHashMap<>();
    final Set<InstanceId> attached = new HashSet<>();
    final Set<NetId> networks = new HashSet<>();
    final InstalledState installed;
    final Instant now;
    private long clock = 1000;

    ModelHost(InstalledState installed, Instant now) {
        this.installed = installed;
        this.now = now;
    }

    ModelHost(Set<PoolFlag> flags, Counts... pools) {
        this(States.of(flags, pools), Ceremony.NOW);
    }

    /// The same host after another state has been installed.
    ModelHost under(InstalledState next) {
        return at(next, now);
    }

    ModelHost at(InstalledState next, Instant moment) {
        var host = new ModelHost(next, moment);
        host.records.putAll(records);
        host.networks.addAll(networks);
        host.attached.addAll(attached);
        host.clock = clock;
        return host;
    }

    ModelHost under(Counts... pools) {
        return under(States.of(Set.of(), pools));
    }

    Observation observe() {
        var instances = records.values().stream()
                .sorted(java.util.Comparator.comparing(InstanceRecord::address))
                .map(this::shown)
                .toList();
        return new Observation(
                0,
                "dev",
                "model",
                "tcg",
                1,
                1,
                1,
                0,
                0,
                List.of(),
                List.copyOf(networks),
                instances,
                Map.of(),
                List.of());
    }

    private Observation.Instance shown(InstanceRecord record) {
        return new Observation.Instance(
                record.address(),
                record.slot(),
                record.state(),
                record.revision(),
                record.resources(),
                attached.contains(record.address().instance()),
                false,
                false,
                false,
                Observation.Hook.NONE,
                record.started(),
                record.reason(),
                Observation.Usage.NONE,
                Optional.empty());
    }

    Plan plan() {
        return plan(Policy.NONE);
    }

    Plan plan(Set<InstanceId> manual) {
        return plan(Policy.holding(manual));
    }

    Plan plan(Policy policy) {
        return Planner.plan(input(observe(), policy));
    }

    Planner.Input input(Observation observed, Policy policy) {
        var fresh = IntStream.range(0, 2_000)
                .mapToObj(i -> InstanceId.of(0x1000 + i))
                .filter(id -> !records.containsKey(id))
                .iterator();
        return new Planner.Input(DesiredState.of(installed, now), ObservedState.of(observed), policy, fresh);
    }

    /// Plans and carries out, and shows that nothing is left to do.
    Plan converge(Policy policy) {
        var plan = plan(policy);
        perform(plan, List::copyOf);
        assertThat(plan(policy).steps()).isEmpty();
        assertThat(plan(policy).shortfalls())
                .as("what could not be, still cannot")
                .isEqualTo(plan.shortfalls());
        return plan;
    }

    Plan converge() {
        return converge(Policy.NONE);
    }

    /// @param order what becomes of the steps of a wave
    void perform(Plan plan, UnaryOperator<List<Plan.Step>> order) {
        plan.networks().forEach(this::perform);
        for (var wave : plan.waves()) {
            var each = new HashSet<InstanceId>();
            for (var step : order.apply(wave.steps())) {
                assertThat(each.add(step.instance().instance()))
                        .as("one step of a wave on %s", step.instance())
                        .isTrue();
                perform(step.operation());
            }
        }
    }

    private Entailment entailment() {
        return new Entailment(Optional.of(installed), records.values(), now);
    }

    void perform(HostOperation operation) {
        switch (operation) {
            case HostOperation.SetupNetwork o -> {
                permitted(o, entailment().setupNetwork(o.net()));
                networks.add(o.net());
            }
            case HostOperation.CreateInstance o -> {
                permitted(o, entailment().create(o));
                put(InstanceRecord.created(o.address(), o.slot(), Ceremony.REVISION, o.resources()));
            }
            case HostOperation.OnInstance o -> onInstance(o);
            default -> throw new AssertionError("a plan does not hold " + operation);
        }
    }

    private void permitted(HostOperation operation, Optional<Refusal> refusal) {
        assertThat(refusal).as("%s with %s", operation, records.values()).isEmpty();
    }

    private void put(InstanceRecord record) {
        records.put(record.address().instance(), record);
    }

    private void onInstance(HostOperation.OnInstance o) {
        var id = o.instance();
        var record = records.get(id);
        permitted(o, AllowedOperations.refusal(record.state(), attached.contains(id), o));
        switch (o) {
            case HostOperation.AttachDrives _ -> {
                permitted(o, entailment().attach(record));
                attached.add(id);
                var pool = installed.pool(record.address().poolAddress()).orElseThrow();
                put(record.attached(pool.revision(), pool.resources()));
            }
            case HostOperation.StartInstance _ -> {
                permitted(o, entailment().start(record));
                assertThat(networks).contains(record.slot().net());
                attached.remove(id);
                put(Launched.booted(record, clock++));
            }
            case HostOperation.ResumeInstance _ -> {
                permitted(o, entailment().resume(record));
                put(record.reached(InstanceState.RUNNING, Optional.empty()));
            }
            case HostOperation.PauseInstance _ -> {
                permitted(o, entailment().pause(record));
                put(record.reached(InstanceState.WARM, Optional.empty()));
            }
            case HostOperation.SleepInstance sleep -> sleep(sleep, record);
            case HostOperation.WakeInstance _ -> {
                permitted(o, entailment().wake(record));
                assertThat(networks).contains(record.slot().net());
                put(Launched.woken(record));
            }
            case HostOperation.StopInstance _ -> put(record.reached(InstanceState.STOPPED, Optional.empty()));
            case HostOperation.DestroyInstance _ -> records.remove(id);
            default -> throw new AssertionError("a plan does not hold " + o);
        }
    }

    /// The record of an instance that was put to sleep.
    static InstanceRecord slept(InstanceRecord record) {
        var warm = record.state() == InstanceState.WARM ? record : record.reached(InstanceState.WARM, Optional.empty());
        return warm.withSleep(record.sleep().next().sealed(1, 1, 1)).reached(InstanceState.SLEEPING, Optional.empty());
    }

    private void sleep(HostOperation.SleepInstance operation, InstanceRecord record) {
        assertThat(operation.force()).isFalse();
        permitted(operation, entailment().sleep(record));
        if (record.state() == InstanceState.WARM) { // as in hostd: its guest runs to prepare for sleep
            permitted(operation, entailment().resume(record));
        }
        put(slept(record));
    }

    void change(InstanceId id, UnaryOperator<InstanceRecord> change) {
        records.computeIfPresent(id, (_, record) -> change.apply(record));
    }

    List<InstanceRecord> in(InstanceState state) {
        return records.values().stream().filter(r -> r.state() == state).toList();
    }

    InstanceId only() {
        assertThat(records).hasSize(1);
        return records.keySet().iterator().next();
    }

    /// Operations, those of one instance together, instances in the order in which they are begun.
    static List<String> words(Plan plan) {
        var out = new LinkedHashMap<InstanceId, List<String>>();
        for (var step : plan.steps()) {
            out.computeIfAbsent(step.instance().instance(), _ -> new ArrayList<>())
                    .add(step.operation().getClass().getSimpleName().replace("Instance", ""));
        }
        return out.values().stream().map(each -> String.join("+", each)).toList();
    }
}
