package dev.mvm.agentd.idle;

import dev.mvm.agentd.plan.Policy;
import dev.mvm.agentd.plan.QuotaShortfall;
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
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Keeps the idle set: the instances that are paused or asleep, or shall be, because they are idle. An instance
/// leaves the set when an operator or a client asks for it, or when a packet on its network does (ARP).
/// Thread-safe.
public final class IdleTracker {
    private final IdleSettings settings;
    private final IdleFile file;
    private final MemoryPressurePolicy pressurePolicy;
    private final Supplier<OptionalInt> pressure;
    private final Consumer<String> log;
    private final Map<InstanceId, IdleState> states = new HashMap<>();
    private final Map<InstanceId, UsageDelta> deltas = new HashMap<>();
    private final Map<InstanceId, ArpRequests> arpRequests = new HashMap<>();
    private final Map<InstanceId, Policy.IdleTarget> idle = new HashMap<>();
    private Optional<Instant> next = Optional.empty();
    private boolean blind;

    private IdleTracker(IdleSettings settings, IdleFile file, Supplier<OptionalInt> pressure, Consumer<String> log) {
        this.settings = settings;
        this.file = file;
        this.pressurePolicy = new MemoryPressurePolicy(settings.pressurePercent());
        this.pressure = pressure;
        this.log = log;
    }

    /// Opens the tracker with the idle set of before a restart.
    ///
    /// @param pressure gives the memory pressure of this moment, as [MemoryUse#pressure]
    /// @throws IOException if `file` cannot be read
    public static IdleTracker open(
            IdleSettings settings, IdleFile file, Supplier<OptionalInt> pressure, Consumer<String> log)
            throws IOException {
        var tracker = new IdleTracker(settings, file, pressure, log);
        tracker.idle.putAll(file.read());
        return tracker;
    }

    /// The idle set at `now`, after a look at `observation`.
    ///
    /// @param held instances that an operator holds in their state
    public synchronized Map<InstanceId, Policy.IdleTarget> at(
            Instant now, Observation observation, InstalledState installed, Set<InstanceId> held) {
        var before = Map.copyOf(idle);
        observe(now, observation);
        next = Optional.empty();
        var candidates = new ArrayList<MemoryPressurePolicy.Candidate>();
        for (var instance : observation.instances()) {
            var id = instance.address().instance();
            if (mayBeIdle(instance, installed, held)) {
                decide(instance, now).ifPresent(candidates::add);
            } else if (!held.contains(id)) {
                idle.remove(id);
            }
        }
        relieve(now, observation, installed, candidates);
        persist(before);
        return Map.copyOf(idle);
    }

    private void observe(Instant now, Observation observation) {
        var present = new HashSet<InstanceId>();
        for (var instance : observation.instances()) {
            var id = instance.address().instance();
            present.add(id);
            var delta = deltas.merge(
                    id, UsageDelta.begin(instance.usage(), now), (old, _) -> old.read(instance.usage(), now));
            var sign = IdleSignal.together(delta.signals(instance));
            var requests = ArpRequests.of(instance);
            var earlier = Optional.ofNullable(arpRequests.put(id, requests));
            if (idle.containsKey(id)
                    && earlier.filter(before -> before.before(requests)).isPresent()) {
                log.accept(instance.address() + " leaves its rest: an ARP request for its address");
                forget(id);
            }
            states.merge(
                    id,
                    IdleState.begin(instance.state(), sign, now),
                    (state, _) -> state.observed(instance.state(), sign, now));
        }
        states.keySet().retainAll(present);
        deltas.keySet().retainAll(present);
        arpRequests.keySet().retainAll(present);
        idle.keySet().retainAll(present);
    }

    private boolean mayBeIdle(Observation.Instance instance, InstalledState installed, Set<InstanceId> held) {
        var address = instance.address();
        var pool = installed.pool(address.poolAddress());
        boolean exempt = pool.isEmpty()
                || pool.get().flags().contains(PoolFlag.PINNED)
                || pool.get().flags().contains(PoolFlag.CRITICAL);
        boolean up = instance.state().holdsMemory() || instance.state() == InstanceState.SLEEPING;
        return !exempt && up && settings.of(address.poolAddress()).enabled() && !held.contains(address.instance());
    }

    /// Puts the instance into the idle set if its timeouts say so. If not, returns it as a candidate for sleep
    /// while memory is short, if it is one.
    private Optional<MemoryPressurePolicy.Candidate> decide(Observation.Instance instance, Instant now) {
        var id = instance.address().instance();
        var timeouts = settings.of(instance.address().poolAddress()).timeouts();
        var state = Optional.ofNullable(states.get(id)).orElseThrow();
        boolean running = state.instance() == InstanceState.RUNNING;
        if (running && state.idleSince().isEmpty()) {
            idle.remove(id); // work has come before anything was done
            return Optional.empty();
        }
        if (running || idle.containsKey(id)) {
            IdlePolicy.target(timeouts, state, now).ifPresent(target -> deepen(id, target, StepReason.IDLE));
            IdlePolicy.next(timeouts, state, now).ifPresent(this::notLaterThan);
        }
        boolean toSleep = Optional.ofNullable(idle.get(id))
                .filter(target -> target.state() == InstanceState.SLEEPING)
                .isPresent();
        boolean candidate = state.instance().holdsMemory() && !toSleep && IdlePolicy.settled(timeouts, state, now);
        return candidate
                ? Optional.of(new MemoryPressurePolicy.Candidate(
                        instance, state.idleSince().orElse(state.since())))
                : Optional.empty();
    }

    /// Sets the target of an instance. Sleep stays sleep.
    private void deepen(InstanceId id, InstanceState state, StepReason reason) {
        idle.merge(
                id,
                new Policy.IdleTarget(state, reason),
                (known, further) -> known.state() == InstanceState.SLEEPING ? known : further);
    }

    private void notLaterThan(Instant moment) {
        next = Optional.of(next.filter(known -> known.isBefore(moment)).orElse(moment));
    }

    private void relieve(
            Instant now,
            Observation observation,
            InstalledState installed,
            List<MemoryPressurePolicy.Candidate> candidates) {
        if (pressurePolicy.on()) {
            var share = pressure.get();
            if (share.isEmpty() && !blind) {
                log.accept("memory pressure is not seen: no instance is put to sleep because of it");
            }
            blind = share.isEmpty();
            notLaterThan(now.plus(MemoryPressurePolicy.PERIOD));
            pressurePolicy
                    .next(share, candidates.stream().filter(each -> fits(each, observation, installed)), now)
                    .ifPresent(id -> deepen(id, InstanceState.SLEEPING, StepReason.PRESSURE));
        }
    }

    /// Returns whether the tenant may have the candidate asleep. One that may not would take the turn of another's.
    private static boolean fits(
            MemoryPressurePolicy.Candidate candidate, Observation observation, InstalledState installed) {
        var instance = candidate.instance();
        return installed
                .tenant(instance.address().tenant())
                .flatMap(tenant -> QuotaShortfall.of(tenant, observation.instances(), instance, InstanceState.SLEEPING))
                .isEmpty();
    }

    private void persist(Map<InstanceId, Policy.IdleTarget> before) {
        if (!idle.equals(before)) {
            try {
                file.write(idle);
            } catch (IOException e) {
                log.accept("cannot persist the idle set: " + e.getMessage());
            }
        }
    }

    /// Takes an instance out of the idle set, because an operator or a client asks for it. Its idle time begins
    /// anew.
    public synchronized void requested(InstanceId id) {
        var before = Map.copyOf(idle);
        forget(id);
        persist(before);
    }

    private void forget(InstanceId id) {
        idle.remove(id);
        states.remove(id);
    }

    /// The moment at which [#at] may have another value, if nothing happens before.
    public synchronized Optional<Instant> next() {
        return next;
    }

    /// Size of the idle set.
    public synchronized int count() {
        return idle.size();
    }
}
