package dev.mvm.agentd.idle;

import dev.mvm.model.InstanceState;
import java.time.Instant;
import java.util.Optional;

/// What has been seen of one instance for how long.
///
/// @param since when it was first seen in `state`
/// @param idleSince since when it has had nothing to do, as far as anybody knows
public record IdleState(InstanceState state, Instant since, Optional<Instant> idleSince) {
    static IdleState begin(InstanceState state, IdleSignal.Sign sign, Instant now) {
        return new IdleState(state, now, sign == IdleSignal.Sign.IDLE ? Optional.of(now) : Optional.empty());
    }

    /// The same, `now`. What is paused or asleep has no more to do than before.
    public IdleState seen(InstanceState next, IdleSignal.Sign sign, Instant now) {
        var from = next == state ? since : now;
        if (next != InstanceState.RUNNING) {
            return new IdleState(next, from, idleSince);
        }
        boolean woken = state != InstanceState.RUNNING;
        if (sign != IdleSignal.Sign.IDLE) {
            return new IdleState(next, from, Optional.empty());
        }
        return new IdleState(next, from, woken || idleSince.isEmpty() ? Optional.of(now) : idleSince);
    }
}
