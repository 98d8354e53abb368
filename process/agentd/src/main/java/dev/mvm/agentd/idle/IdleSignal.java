package dev.mvm.agentd.idle;

import dev.mvm.protocol.hostd.Observation;
import java.util.Collection;

/// Something by which it is judged whether an instance has work. What hostd observes more of an instance one day
/// becomes a further kind, and the compiler leads to what it means.
///
/// A guest is believed here: all that it can gain by a lie is that it runs, or does not.
public sealed interface IdleSignal {
    /// What a worker in the guest said last.
    record Worker(Observation.Hook said) implements IdleSignal {}

    /// What the host has seen it use between two looks.
    ///
    /// @param cpuShare of one processor, 1 for all of it
    /// @param bytesPerSecond through its tap, both ways
    record Use(double cpuShare, double bytesPerSecond) implements IdleSignal {
        /// What a kernel does that has nothing to do, and more.
        static final double IDLE_CPU_SHARE = 0.02;

        /// A question for an address now and then.
        static final double IDLE_BYTES_PER_SECOND = 200;
    }

    /// What evidence speaks for.
    enum Sign {
        IDLE,
        BUSY,
        NEITHER
    }

    default Sign sign() {
        return switch (this) {
            case Worker(var said) ->
                switch (said) {
                    case IDLE -> Sign.IDLE;
                    case BUSY -> Sign.BUSY;
                    case NONE, READY -> Sign.NEITHER; // it has not said that there is nothing to do
                };
            case Use(var cpu, var bytes) ->
                cpu < Use.IDLE_CPU_SHARE && bytes < Use.IDLE_BYTES_PER_SECOND ? Sign.IDLE : Sign.BUSY;
        };
    }

    /// What it comes to: busy if anything says so, idle if something does and nothing says busy.
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
