package dev.mvm.agentd.idle;

import dev.mvm.model.InstanceState;
import java.time.Instant;
import java.util.Optional;

/// Observed state of one instance and how long it has lasted.
///
/// @param instance state of the instance
/// @param since the first observation of that state
/// @param idleSince beginning of the time in which the instance was idle as far as is known; empty if it has work
public record IdleState(InstanceState instance, Instant since, Optional<Instant> idleSince) {
    static IdleState begin(InstanceState state, IdleSignal.Sign sign, Instant now) {
        return new IdleState(state, now, sign == IdleSignal.Sign.IDLE ? Optional.of(now) : Optional.empty());
    }

    /// The state after a further observation at `now`. A paused or sleeping instance has no more work than before.
    public IdleState observed(InstanceState next, IdleSignal.Sign sign, Instant now) {
        var from = next == instance ? since : now;
        if (next != InstanceState.RUNNING) {
            return new IdleState(next, from, idleSince);
        }
        boolean woken = instance != InstanceState.RUNNING;
        if (sign != IdleSignal.Sign.IDLE) {
            return new IdleState(next, from, Optional.empty());
        }
        return new IdleState(next, from, woken || idleSince.isEmpty() ? Optional.of(now) : idleSince);
    }
}
