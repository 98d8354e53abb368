package dev.mvm.agentd.idle;

import dev.mvm.agentd.plan.Policy;
import dev.mvm.agentd.plan.States;
import dev.mvm.agentd.plan.StepReason;
import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.hostd.Observation.Hook;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.InstalledState;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;

/// A tracker over instances, a clock and a memory pressure that the test sets.
abstract class IdleFixture {
    static final Instant NOW = Ceremony.NOW;
    static final Policy.IdleTarget WARM = new Policy.IdleTarget(InstanceState.WARM, StepReason.IDLE);
    static final Policy.IdleTarget ASLEEP = new Policy.IdleTarget(InstanceState.SLEEPING, StepReason.IDLE);
    static final Policy.IdleTarget PRESSED = new Policy.IdleTarget(InstanceState.SLEEPING, StepReason.PRESSURE);
    static final IdleSettings.OfPool USUAL = new IdleSettings.OfPool(true, IdleTimeouts.USUAL, IdleSettings.Unfit.HOLD);

    final MemoryFiles files = new MemoryFiles();
    final List<String> log = new ArrayList<>();
    final TreeMap<InstanceId, Observation.Instance> there = new TreeMap<>();
    Observation.Usage usage = Observation.Usage.NONE;
    OptionalInt pressure = OptionalInt.of(0);
    InstalledState installed = States.of(Set.of(), new Counts(9, 0, 0));
    IdleTracker tracker;

    @BeforeEach
    void open() throws IOException {
        tracker = open(new IdleSettings(USUAL, Map.of(), 10));
    }

    IdleTracker open(IdleSettings settings) throws IOException {
        return IdleTracker.open(settings, new IdleFile(files), () -> pressure, log::add);
    }

    static InstanceId id(int i) {
        return InstanceId.of(i);
    }

    void put(int i, InstanceState state, Hook hook) {
        var address = new InstanceAddress(
                Ceremony.DEMO,
                installed
                        .state()
                        .value()
                        .tenants()
                        .getFirst()
                        .pools()
                        .getFirst()
                        .pool(),
                id(i));
        there.put(
                id(i),
                new Observation.Instance(
                        address,
                        new Slot(new NetId(0), Slot.FIRST + i),
                        state,
                        Ceremony.SOME,
                        States.SIZE,
                        false,
                        true,
                        true,
                        false,
                        hook,
                        1,
                        Optional.empty(),
                        usage,
                        Optional.empty()));
    }

    Map<InstanceId, Policy.IdleTarget> at(long seconds, InstanceId... held) {
        return tracker.at(NOW.plusSeconds(seconds), observation(), installed, Set.of(held));
    }

    Observation observation() {
        return new Observation(
                1,
                "dev",
                "model",
                "tcg",
                1,
                1,
                1,
                0,
                0,
                List.of(),
                List.of(),
                List.copyOf(there.values()),
                Map.of(),
                List.of());
    }
}
