package dev.mvm.agentd.idle;

import dev.mvm.model.InstanceId;
import dev.mvm.protocol.hostd.Observation;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// Chooses the instances that are put to sleep while memory is short: one after another, the one first that has
/// been idle for longest. After each, the policy waits until the kernel's average shows the effect.
final class MemoryPressurePolicy {
    static final Duration PERIOD = Duration.ofSeconds(10);
    private static final int HUNDREDTHS = 100;

    /// An instance that may be put to sleep.
    ///
    /// @param idleSince beginning of its idle time
    record Candidate(Observation.Instance instance, Instant idleSince) {
        InstanceId id() {
            return instance.address().instance();
        }
    }

    private static final Comparator<Candidate> LONGEST_IDLE =
            Comparator.comparing(Candidate::idleSince).thenComparing(Candidate::id);

    private final int percent;
    private Instant quiet = Instant.MIN;

    /// @param percent as in [IdleSettings]
    MemoryPressurePolicy(int percent) {
        this.percent = percent;
    }

    boolean on() {
        return percent > 0;
    }

    /// The instance to be put to sleep at `now`, if any.
    ///
    /// @param pressure as [MemoryUse#pressure]
    Optional<InstanceId> next(OptionalInt pressure, Stream<Candidate> candidates, Instant now) {
        boolean high = on() && pressure.isPresent() && pressure.getAsInt() >= percent * HUNDREDTHS;
        if (!high || now.isBefore(quiet)) {
            return Optional.empty();
        }
        var chosen = candidates.min(LONGEST_IDLE).map(Candidate::id);
        if (chosen.isPresent()) {
            quiet = now.plus(PERIOD);
        }
        return chosen;
    }
}
