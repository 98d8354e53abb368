package dev.mvm.agentd.idle;

import dev.mvm.protocol.hostd.Observation;
import java.util.Collection;

/// A sign that an instance has work, or has none. A further figure that hostd observes becomes a further kind, and
/// the compiler leads to its evaluation.
///
/// A guest is believed here: by a lie it gains no more than that it runs, or does not.
public sealed interface IdleSignal {
    /// The last message of the worker in the guest.
    record Worker(Observation.Hook hook) implements IdleSignal {}

    /// Use of the host between two observations.
    ///
    /// @param cpuShare share of one processor, 1 for all of it
    /// @param bytesPerSecond bytes through the tap, both ways
    record Use(double cpuShare, double bytesPerSecond) implements IdleSignal {
        /// More than the share that the kernel of an idle guest takes.
        static final double IDLE_CPU_SHARE = 0.02;

        /// More than the occasional ARP request.
        static final double IDLE_BYTES_PER_SECOND = 200;
    }

    /// Meaning of a signal.
    enum Sign {
        IDLE,
        BUSY,
        NEITHER
    }

    default Sign sign() {
        return switch (this) {
            case Worker(var hook) ->
                switch (hook) {
                    case IDLE -> Sign.IDLE;
                    case BUSY -> Sign.BUSY;
                    case NONE, READY -> Sign.NEITHER; // the worker has not said that it is idle
                };
            case Use(var cpu, var bytes) ->
                cpu < Use.IDLE_CPU_SHARE && bytes < Use.IDLE_BYTES_PER_SECOND ? Sign.IDLE : Sign.BUSY;
        };
    }

    /// The sign of all signals together: busy if one is busy, idle if one is idle and none is busy.
    static Sign together(Collection<IdleSignal> all) {
        var out = Sign.NEITHER;
        for (var one : all) {
            if (one.sign() == Sign.BUSY) {
                return Sign.BUSY;
            }
            out = one.sign() == Sign.IDLE ? Sign.IDLE : out;
        }
        return out;
    }
}
