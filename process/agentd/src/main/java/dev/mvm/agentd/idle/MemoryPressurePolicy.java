package dev.mvm.agentd.idle;

import dev.mvm.model.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalDouble;

/// Chooses who is put to sleep while memory is short: one after another, the coldest first, until it is not any more.
/// Each is given the time after which the kernel's average shows it.
final class MemoryPressurePolicy {
    static final Duration PERIOD = Duration.ofSeconds(10);

    /// An instance that may be put to sleep.
    ///
    /// @param coldSince since when it has had nothing to do
    record Candidate(InstanceId id, Instant coldSince) {}

    private static final Comparator<Candidate> COLDEST =
            Comparator.comparing(Candidate::coldSince).thenComparing(Candidate::id);

    private final int percent;
    private Instant quiet = Instant.MIN;

    /// @param percent as in [RestSettings]
    MemoryPressurePolicy(int percent) {
        this.percent = percent;
    }

    boolean on() {
        return percent > 0;
    }

    /// The next to be put to sleep, if it is time for one.
    Optional<InstanceId> next(OptionalDouble pressure, Collection<Candidate> candidates, Instant now) {
        boolean high = on() && pressure.isPresent() && pressure.getAsDouble() >= percent;
        if (!high || now.isBefore(quiet)) {
            return Optional.empty();
        }
        var chosen = candidates.stream().min(COLDEST).map(Candidate::id);
        if (chosen.isPresent()) {
            quiet = now.plus(PERIOD);
        }
        return chosen;
    }
}
