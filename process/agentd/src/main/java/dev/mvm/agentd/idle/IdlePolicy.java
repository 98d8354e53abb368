package dev.mvm.agentd.idle;

import dev.mvm.model.InstanceState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/// When an instance goes to rest by its pool's rhythm. Pure.
public final class IdlePolicy {
    private IdlePolicy() {}

    /// How deep the instance is to rest at `now`: Warm, Sleeping, or not at all.
    public static Optional<InstanceState> rest(IdleTimeouts rhythm, IdleState track, Instant now) {
        if (reached(sleepAt(rhythm, track), now)) {
            return Optional.of(InstanceState.SLEEPING);
        }
        return reached(warmAt(rhythm, track), now) ? Optional.of(InstanceState.WARM) : Optional.empty();
    }

    /// When [#rest] will say something else than at `now`, if nothing happens.
    public static Optional<Instant> next(IdleTimeouts rhythm, IdleState track, Instant now) {
        return Stream.of(warmAt(rhythm, track), sleepAt(rhythm, track))
                .flatMap(Optional::stream)
                .filter(moment -> moment.isAfter(now))
                .min(Instant::compareTo);
    }

    /// Whether it has been in its state for long enough to be put to sleep early, because memory is short.
    static boolean settled(IdleTimeouts rhythm, IdleState track, Instant now) {
        return !now.isBefore(track.since().plus(atLeast(rhythm, track)));
    }

    private static Optional<Instant> warmAt(IdleTimeouts rhythm, IdleState track) {
        return track.state() == InstanceState.RUNNING
                ? at(track, rhythm.warmAfter(), rhythm.runAtLeast())
                : Optional.empty();
    }

    private static Optional<Instant> sleepAt(IdleTimeouts rhythm, IdleState track) {
        return track.state().holdsMemory() ? at(track, rhythm.sleepAfter(), atLeast(rhythm, track)) : Optional.empty();
    }

    private static Duration atLeast(IdleTimeouts rhythm, IdleState track) {
        return track.state() == InstanceState.RUNNING ? rhythm.runAtLeast() : rhythm.warmAtLeast();
    }

    private static Optional<Instant> at(IdleState track, Duration idle, Duration atLeast) {
        var earliest = track.since().plus(atLeast);
        return track.idleSince().map(since -> {
            var due = since.plus(idle);
            return due.isBefore(earliest) ? earliest : due;
        });
    }

    private static boolean reached(Optional<Instant> moment, Instant now) {
        return moment.isPresent() && !now.isBefore(moment.get());
    }
}
