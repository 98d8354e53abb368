package dev.mvm.agentd.execute;

import dev.mvm.model.InstanceAddress;
import java.util.List;

/// What came of carrying out a plan.
public sealed interface Outcome {
    /// There was nothing to do.
    record Converged() implements Outcome {}

    /// Everything that was tried worked; what there is now will be looked at again.
    record Progressed(int chains) implements Outcome {}

    /// Some chains did not work, or are left alone for a while because they did not.
    record Blocked(List<Obstacle> obstacles) implements Outcome {
        public Blocked {
            obstacles = List.copyOf(obstacles);
        }
    }

    /// hostd could not be reached.
    record Unreachable() implements Outcome {}

    /// One chain that stopped.
    ///
    /// @param reason hostd's reason, or `backing_off`
    record Obstacle(InstanceAddress instance, String reason) {}
}
