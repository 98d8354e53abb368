package dev.mvm.agentd.idle;

import dev.mvm.protocol.hostd.Observation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Optional;

/// Use of the host by one instance between two observations.
///
/// @param usage counters at the moment `at`
/// @param use between the observation before and that one; empty at first, or if the counters are 0
record UsageDelta(Observation.Usage usage, Instant at, Optional<IdleSignal.Use> use) {
    /// Observations that follow each other faster count as one: hostd's counters advance in steps.
    static final Duration SHORTEST = Duration.ofSeconds(5);

    static UsageDelta begin(Observation.Usage usage, Instant now) {
        return new UsageDelta(usage, now, Optional.empty());
    }

    /// The delta up to `now`. Counters that have gone back are another VM's.
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

    /// All signals of an instance.
    Collection<IdleSignal> signals(Observation.Instance instance) {
        var all = new ArrayList<IdleSignal>(use.stream().toList());
        all.add(new IdleSignal.Worker(instance.hook()));
        return all;
    }
}
