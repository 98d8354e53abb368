package dev.mvm.agentd.idle;

import dev.mvm.agentd.plan.Policy;
import dev.mvm.agentd.plan.StepReason;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.InstalledState;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// Knows which instances rest. Those that do keep resting until somebody wants them: an operator, a client through
/// the coordinator, or whoever has a packet for them on their network. Thread-safe.
public final class IdleTracker {
    private final RestSettings settings;
    private final RestFile file;
    private final MemoryPressure pressure;
    private final MemoryPressurePolicy relief;
    private final Consumer<String> log;
    private final Map<InstanceId, IdleState> tracks = new HashMap<>();
    private final Map<InstanceId, UsageDelta> meters = new HashMap<>();
    private final Map<InstanceId, ArpRequests> asked = new HashMap<>();
    private final Map<InstanceId, Policy.Rest> resting = new HashMap<>();
    private Optional<Instant> next = Optional.empty();

    private IdleTracker(RestSettings settings, RestFile file, MemoryPressure pressure, Consumer<String> log) {
        this.settings = settings;
        this.file = file;
        this.pressure = pressure;
        this.relief = new MemoryPressurePolicy(settings.pressurePercent());
        this.log = log;
    }

    /// Goes on with those that rested before a restart.
    public static IdleTracker open(RestSettings settings, RestFile file, MemoryPressure pressure, Consumer<String> log)
            throws IOException {
        var rester = new IdleTracker(settings, file, pressure, log);
        rester.resting.putAll(file.read());
        if (rester.relief.on() && pressure.percent().isEmpty()) {
            log.accept("this kernel does not say how short memory is: nothing is put to sleep because of it");
        }
        return rester;
    }

    /// Those that rest at `now`, or are to.
    ///
    /// @param held instances whose place an operator has chosen
    public synchronized Map<InstanceId, Policy.Rest> at(
            Instant now, Observation seen, InstalledState installed, Set<InstanceId> held) {
        var before = Map.copyOf(resting);
        look(now, seen);
        next = Optional.empty();
        var candidates = new ArrayList<MemoryPressurePolicy.Candidate>();
        for (var instance : seen.instances()) {
            var id = instance.address().instance();
            if (mayRest(instance, installed, held)) {
                decide(instance, now).ifPresent(candidates::add);
            } else if (!held.contains(id)) {
                resting.remove(id);
            }
        }
        relieve(now, candidates);
        keep(before);
        return Map.copyOf(resting);
    }

    private void look(Instant now, Observation seen) {
        var there = new HashSet<InstanceId>();
        for (var instance : seen.instances()) {
            var id = instance.address().instance();
            var meter = meters.merge(
                    id, UsageDelta.begin(instance.usage(), now), (old, _) -> old.read(instance.usage(), now));
            var sign = IdleSignal.together(meter.evidence(instance));
            there.add(id);
            var asks = ArpRequests.of(instance);
            var asked = Optional.ofNullable(this.asked.put(id, asks));
            if (resting.containsKey(id)
                    && asked.filter(before -> before.before(asks)).isPresent()) {
                log.accept(instance.address() + " is asked for on its network");
                forget(id);
            }
            tracks.merge(
                    id,
                    IdleState.begin(instance.state(), sign, now),
                    (track, _) -> track.seen(instance.state(), sign, now));
        }
        tracks.keySet().retainAll(there);
        meters.keySet().retainAll(there);
        asked.keySet().retainAll(there);
        resting.keySet().retainAll(there);
    }

    private boolean mayRest(Observation.Instance instance, InstalledState installed, Set<InstanceId> held) {
        var address = instance.address();
        var pool = installed.pool(address.poolAddress());
        boolean left = pool.isEmpty()
                || pool.get().flags().contains(PoolFlag.PINNED)
                || pool.get().flags().contains(PoolFlag.CRITICAL);
        boolean lives = instance.state().holdsMemory() || instance.state() == InstanceState.SLEEPING;
        return !left && lives && settings.of(address.poolAddress()).rests() && !held.contains(address.instance());
    }

    /// Whether it goes to rest by its rhythm. If not, it may be one to be put to sleep when memory is short.
    private Optional<MemoryPressurePolicy.Candidate> decide(Observation.Instance instance, Instant now) {
        var id = instance.address().instance();
        var rhythm = settings.of(instance.address().poolAddress()).rhythm();
        var track = Optional.ofNullable(tracks.get(id)).orElseThrow();
        boolean running = track.state() == InstanceState.RUNNING;
        if (running && track.idleSince().isEmpty()) {
            resting.remove(id); // it has work again, before anything was done
            return Optional.empty();
        }
        boolean rests = resting.containsKey(id);
        if (running || rests) {
            IdlePolicy.rest(rhythm, track, now).ifPresent(state -> deeper(id, state, StepReason.IDLE));
            IdlePolicy.next(rhythm, track, now).ifPresent(this::notLaterThan);
        }
        boolean goes = Optional.ofNullable(resting.get(id))
                .filter(rest -> rest.state() == InstanceState.SLEEPING)
                .isPresent();
        boolean may = track.state().holdsMemory() && !goes && IdlePolicy.settled(rhythm, track, now);
        return may
                ? Optional.of(
                        new MemoryPressurePolicy.Candidate(id, track.idleSince().orElse(track.since())))
                : Optional.empty();
    }

    private void deeper(InstanceId id, InstanceState state, StepReason why) {
        resting.merge(
                id,
                new Policy.Rest(state, why),
                (known, further) -> known.state() == InstanceState.SLEEPING ? known : further);
    }

    private void notLaterThan(Instant moment) {
        next = Optional.of(next.filter(known -> known.isBefore(moment)).orElse(moment));
    }

    private void relieve(Instant now, List<MemoryPressurePolicy.Candidate> candidates) {
        if (relief.on()) {
            notLaterThan(now.plus(MemoryPressurePolicy.PERIOD));
            relief.next(pressure.percent(), candidates, now)
                    .ifPresent(id -> deeper(id, InstanceState.SLEEPING, StepReason.PRESSURE));
        }
    }

    private void keep(Map<InstanceId, Policy.Rest> before) {
        if (!resting.equals(before)) {
            try {
                file.write(resting);
            } catch (IOException e) {
                log.accept("who rests cannot be kept: " + e.getMessage());
            }
        }
    }

    /// Somebody wants `id`: it rests no longer, and has its time before it does again.
    public synchronized void wanted(InstanceId id) {
        var before = Map.copyOf(resting);
        forget(id);
        keep(before);
    }

    private void forget(InstanceId id) {
        resting.remove(id);
        tracks.remove(id);
    }

    /// When to ask again, if nothing happens before.
    public synchronized Optional<Instant> next() {
        return next;
    }

    /// How many rest.
    public synchronized int resting() {
        return resting.size();
    }
}
