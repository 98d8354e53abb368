package dev.mvm.agentd.idle;

import dev.mvm.model.InstanceState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/// Decides when an idle instance is paused or put to sleep by the timeouts of its pool. Pure.
public final class IdlePolicy {
    private IdlePolicy() {}

    /// The state to which the instance is taken at `now`: Warm, Sleeping, or empty for none.
    public static Optional<InstanceState> target(IdleTimeouts timeouts, IdleState state, Instant now) {
        if (reached(sleepAt(timeouts, state), now)) {
            return Optional.of(InstanceState.SLEEPING);
        }
        return reached(warmAt(timeouts, state), now) ? Optional.of(InstanceState.WARM) : Optional.empty();
    }

    /// The moment at which [#target] has another value than at `now`, if nothing happens before.
    public static Optional<Instant> next(IdleTimeouts timeouts, IdleState state, Instant now) {
        return Stream.of(warmAt(timeouts, state), sleepAt(timeouts, state))
                .flatMap(Optional::stream)
                .filter(moment -> moment.isAfter(now))
                .min(Instant::compareTo);
    }

    /// Returns whether the instance has been in its state for long enough to be put to sleep early, because memory
    /// is short.
    static boolean settled(IdleTimeouts timeouts, IdleState state, Instant now) {
        return !now.isBefore(state.since().plus(atLeast(timeouts, state)));
    }

    private static Optional<Instant> warmAt(IdleTimeouts timeouts, IdleState state) {
        return state.instance() == InstanceState.RUNNING
                ? at(state, timeouts.warmAfter(), timeouts.runAtLeast())
                : Optional.empty();
    }

    private static Optional<Instant> sleepAt(IdleTimeouts timeouts, IdleState state) {
        return state.instance().holdsMemory()
                ? at(state, timeouts.sleepAfter(), atLeast(timeouts, state))
                : Optional.empty();
    }

    private static Duration atLeast(IdleTimeouts timeouts, IdleState state) {
        return state.instance() == InstanceState.RUNNING ? timeouts.runAtLeast() : timeouts.warmAtLeast();
    }

    private static Optional<Instant> at(IdleState state, Duration idle, Duration atLeast) {
        var earliest = state.since().plus(atLeast);
        return state.idleSince().map(since -> {
            var due = since.plus(idle);
            return due.isBefore(earliest) ? earliest : due;
        });
    }

    private static boolean reached(Optional<Instant> moment, Instant now) {
        return moment.isPresent() && !now.isBefore(moment.get());
    }
}
