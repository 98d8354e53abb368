package dev.mvm.agentd.reconcile;

import dev.mvm.agentd.execute.InstanceTurns;
import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.hostd.client.ReplyCode;
import dev.mvm.protocol.trust.audit.AuditLog;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/// Verbs of operators on single instances. They are not signed; hostd allows no more than the signed state does. An
/// instance that a verb has stopped, paused or put to sleep is held there for an hour.
public final class Verbs {
    private static final Duration HOLD = Duration.ofHours(1);
    private static final int GRACE_MILLIS = 10_000;

    /// Most wakes that may be under way or wait for their turn. A further one is refused with [#TOO_MANY_WAKES].
    static final int MAX_WAKES = 32;

    /// Stable code of that refusal.
    static final String TOO_MANY_WAKES = "too_many_wakes";

    /// The verbs.
    public enum Verb {
        START("start"),
        STOP("stop"),
        WARM("warm"),
        RESUME("resume"),
        SLEEP("sleep"),
        /// Sleep without the guest's prepare-sleep hook.
        FORCE_SLEEP("sleep"),
        WAKE("wake"),
        DESTROY("destroy");

        private final String word;

        Verb(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }

        /// The states that the verb takes an instance through and that use quotas, in the order in which hostd
        /// decides on them. A warm guest runs while it is asked whether it is ready to sleep.
        public List<InstanceState> through() {
            return switch (this) {
                case START, RESUME, WAKE -> List.of(InstanceState.RUNNING);
                case SLEEP -> List.of(InstanceState.SLEEPING, InstanceState.RUNNING);
                case FORCE_SLEEP -> List.of(InstanceState.SLEEPING);
                case WARM -> List.of(InstanceState.WARM);
                case STOP, DESTROY -> List.of();
            };
        }
    }

    /// Result of a verb.
    ///
    /// @param reason empty if the verb was done, else a stable code
    /// @param instance as it is now, if the node still has it
    public record Result(Optional<String> reason, Optional<Observation.Instance> instance) {}

    private final Hostd hostd;
    private final Observed observed;
    private final ManualHolds holds;
    private final InstanceTurns turns;
    private final AuditLog audit;
    private final InstantSource clock;
    private final Consumer<InstanceId> requested;
    private final PlanHashes hashes;
    private final Semaphore wakes = new Semaphore(MAX_WAKES);

    /// @param requested told of each instance that an operator or a client asks to run
    public Verbs(
            Hostd hostd,
            Observed observed,
            ManualHolds holds,
            InstanceTurns turns,
            AuditLog audit,
            InstantSource clock,
            Consumer<InstanceId> requested) {
        this.hostd = hostd;
        this.observed = observed;
        this.holds = holds;
        this.turns = turns;
        this.audit = audit;
        this.clock = clock;
        this.requested = requested;
        this.hashes = new PlanHashes("operator", clock);
    }

    /// Does `verb` and waits until it is done or has failed.
    public Result perform(InstanceAddress address, Verb verb) {
        if (observed.latest().isEmpty()) { // a call would wait for hostd, and be done long after the operator's request
            return new Result(Optional.of(Hostd.UNREACHABLE), Optional.empty());
        }
        if (verb != Verb.WAKE) {
            return reachable(address, verb);
        }
        if (!wakes.tryAcquire()) {
            return new Result(Optional.of(TOO_MANY_WAKES), find(address));
        }
        try {
            return reachable(address, verb);
        } finally {
            wakes.release();
        }
    }

    private Result reachable(InstanceAddress address, Verb verb) {
        var id = address.instance();
        try {
            if (verb == Verb.WAKE && turns.taken(id)) {
                hostd.call(new HostOperation.WakeInstance(id)); // breaks off a sleep, which may take a while
            }
            return inTurn(address, verb);
        } catch (IOException e) {
            return new Result(Optional.of(Hostd.UNREACHABLE), find(address));
        }
    }

    private Result inTurn(InstanceAddress address, Verb verb) throws IOException {
        var id = address.instance();
        try (var _ = turns.take(id)) {
            if (verb == Verb.WAKE) {
                observed.refresh(); // it may have gone on while this waited
            }
            var latest = observed.latest();
            var before = find(latest, address);
            if (before.isEmpty()) {
                return new Result(Optional.of("unknown_instance"), Optional.empty());
            }
            var earlier = holds.until(id);
            hold(id, verb);
            if (verb == Verb.FORCE_SLEEP) {
                audit.noted("sleep_instance", address.toString(), "forced");
            }
            var steps = steps(before.get(), verb);
            var client = hostd.under(hashes.of(Optional.empty(), latest.orElseThrow(), steps));
            for (var step : steps) {
                var reply = client.call(step);
                if (!(reply instanceof HostReply.Done) && !(reply instanceof HostReply.Ended)) {
                    restore(id, verb, earlier);
                    observed.refresh();
                    return new Result(Optional.of(ReplyCode.of(reply)), find(address));
                }
            }
            release(id, verb);
            observed.refresh();
            return new Result(Optional.empty(), verb == Verb.DESTROY ? before.map(Verbs::destroyed) : find(address));
        }
    }

    /// Has hostd compare the node's networks with the signed state.
    ///
    /// @throws IOException if hostd cannot be reached
    public HostReply verifyNetworks(boolean deep) throws IOException {
        if (observed.latest().isEmpty()) {
            throw new IOException(Hostd.UNREACHABLE);
        }
        return hostd.call(new HostOperation.VerifyNetworks(deep));
    }

    /// Holds the instance before anything is done, so that reconciliation does not undo it at once.
    private void hold(InstanceId id, Verb verb) throws IOException {
        switch (verb) {
            case STOP, WARM, SLEEP, FORCE_SLEEP ->
                holds.hold(id, clock.instant().plus(HOLD));
            case START, RESUME, WAKE -> requested.accept(id);
            case DESTROY -> {}
        }
    }

    /// Restores the hold of before, as the verb was not done.
    private void restore(InstanceId id, Verb verb, Optional<Instant> earlier) throws IOException {
        switch (verb) {
            case STOP, WARM, SLEEP, FORCE_SLEEP -> {
                if (earlier.isPresent()) {
                    holds.hold(id, earlier.get());
                } else {
                    holds.release(id);
                }
            }
            case START, RESUME, WAKE, DESTROY -> {}
        }
    }

    private void release(InstanceId id, Verb verb) throws IOException {
        switch (verb) {
            case START, RESUME, WAKE, DESTROY -> holds.release(id);
            case STOP, WARM, SLEEP, FORCE_SLEEP -> {}
        }
    }

    private static List<HostOperation> steps(Observation.Instance instance, Verb verb) {
        var id = instance.address().instance();
        return switch (verb) {
            case START -> List.of(new HostOperation.AttachDrives(id), new HostOperation.StartInstance(id));
            case STOP -> List.of(new HostOperation.StopInstance(id, GRACE_MILLIS));
            case WARM -> List.of(new HostOperation.PauseInstance(id));
            case RESUME -> List.of(new HostOperation.ResumeInstance(id));
            case SLEEP -> List.of(new HostOperation.SleepInstance(id, false));
            case FORCE_SLEEP -> List.of(new HostOperation.SleepInstance(id, true));
            case WAKE -> List.of(wake(instance));
            case DESTROY -> List.of(new HostOperation.DestroyInstance(id));
        };
    }

    /// A sleep that was broken off leaves the instance paused, and then it is resumed.
    private static HostOperation wake(Observation.Instance instance) {
        var id = instance.address().instance();
        return instance.state() == InstanceState.WARM
                ? new HostOperation.ResumeInstance(id)
                : new HostOperation.WakeInstance(id);
    }

    /// The last report of an instance that was destroyed.
    private static Observation.Instance destroyed(Observation.Instance before) {
        return new Observation.Instance(
                before.address(),
                before.slot(),
                InstanceState.DESTROYED,
                before.revision(),
                before.resources(),
                false,
                false,
                false,
                false,
                Observation.Hook.NONE,
                before.started(),
                Optional.empty(),
                Observation.Usage.NONE,
                before.sleep());
    }

    private Optional<Observation.Instance> find(InstanceAddress address) {
        return find(observed.latest(), address);
    }

    private static Optional<Observation.Instance> find(Optional<Observation> latest, InstanceAddress address) {
        return latest.stream()
                .flatMap(observation -> observation.instances().stream())
                .filter(instance -> instance.address().equals(address))
                .findFirst();
    }
}
