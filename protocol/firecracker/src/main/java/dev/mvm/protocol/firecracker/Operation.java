package dev.mvm.protocol.firecracker;

import java.util.EnumSet;
import java.util.Set;

/// One request to a Firecracker process. What is not here cannot be asked.
///
/// @param <T> what the answer carries
public sealed interface Operation<T> permits Command, Query {
    /// The stages of a process, as the API sees them.
    enum Phase {
        /// Nothing is configured but logger and metrics.
        FRESH,
        /// Something is configured; the microVM has not been started.
        CONFIGURED,
        RUNNING,
        PAUSED
    }

    /// When Firecracker permits this request. It may be sent at any time; out of turn it is answered with a fault and
    /// changes nothing.
    default Set<Phase> allowed() {
        return switch (this) {
            case Query<T> _ -> EnumSet.allOf(Phase.class);
            case Command.LoadSnapshot _ -> EnumSet.of(Phase.FRESH);
            case Command.MachineConfig _,
                    Command.BootSource _,
                    Command.Drive _,
                    Command.NetworkInterface _,
                    Command.Vsock _,
                    Command.Entropy _,
                    Command.SerialLimit _,
                    Command.Logger _,
                    Command.Metrics _ -> EnumSet.of(Phase.FRESH, Phase.CONFIGURED);
            case Command.InstanceStart _ -> EnumSet.of(Phase.CONFIGURED);
            case Command.DrivePath _,
                    Command.FlushMetrics _,
                    Command.SendCtrlAltDel _,
                    Command.Pause _,
                    Command.Resume _ -> EnumSet.of(Phase.RUNNING, Phase.PAUSED);
            case Command.CreateSnapshot _ -> EnumSet.of(Phase.PAUSED);
        };
    }

    /// How a good answer to this request looks.
    Reply<T> reply();
}
