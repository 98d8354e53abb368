package dev.mvm.agentd.idle;

import dev.mvm.protocol.hostd.Observation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Optional;

/// What one instance has used from one look at it to the next.
///
/// @param usage as it was at `at`
/// @param use between the look before and that one; none at first, or where nothing is counted
record UsageDelta(Observation.Usage usage, Instant at, Optional<IdleSignal.Use> use) {
    /// Looks that follow each other faster are one: hostd's counters have steps.
    static final Duration SHORTEST = Duration.ofSeconds(5);

    static UsageDelta begin(Observation.Usage usage, Instant now) {
        return new UsageDelta(usage, now, Optional.empty());
    }

    /// The same, `now`. Counters that have gone back are another VM's.
    UsageDelta read(Observation.Usage next, Instant now) {
        long cpu = next.cpuMillis() - usage.cpuMillis();
        long bytes = next.netBytes() - usage.netBytes();
        if (next.cpuMillis() == 0 || usage.cpuMillis() == 0 || cpu < 0 || bytes < 0) {
            return begin(next, now);
        }
        var passed = Duration.between(at, now);
        if (passed.compareTo(SHORTEST) < 0) {
            return this;
        }
        double millis = passed.toMillis();
        return new UsageDelta(next, now, Optional.of(new IdleSignal.Use(cpu / millis, bytes * 1000 / millis)));
    }

    /// All that there is about an instance.
    Collection<IdleSignal> evidence(Observation.Instance instance) {
        var all = new ArrayList<IdleSignal>(use.stream().toList());
        all.add(new IdleSignal.Worker(instance.hook()));
        return all;
    }
}
