package dev.mvm.agentd.rest;

import dev.mvm.model.InstanceState;
import java.time.Instant;
import java.util.Optional;

/// What has been seen of one instance for how long.
///
/// @param since when it was first seen in `state`
/// @param idleSince since when it has had nothing to do, as far as anybody knows
public record Track(InstanceState state, Instant since, Optional<Instant> idleSince) {
    static Track begin(InstanceState state, Evidence.Sign sign, Instant now) {
        return new Track(state, now, sign == Evidence.Sign.IDLE ? Optional.of(now) : Optional.empty());
    }

    /// The same, `now`. What is paused or asleep has no more to do than before.
    public Track seen(InstanceState next, Evidence.Sign sign, Instant now) {
        var from = next == state ? since : now;
        if (next != InstanceState.RUNNING) {
            return new Track(next, from, idleSince);
        }
        boolean woken = state != InstanceState.RUNNING;
        if (sign != Evidence.Sign.IDLE) {
            return new Track(next, from, Optional.empty());
        }
        return new Track(next, from, woken || idleSince.isEmpty() ? Optional.of(now) : idleSince);
    }
}
