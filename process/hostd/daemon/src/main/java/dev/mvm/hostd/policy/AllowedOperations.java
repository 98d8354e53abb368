package dev.mvm.hostd.policy;

import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import java.util.Optional;

/// The first question of policy: does the instance's state allow the operation now? The states stand in
/// [dev.mvm.protocol.hostd.OperationType]; conditions besides the state stand here.
public final class AllowedOperations {
    private AllowedOperations() {}

    /// Returns the reason to refuse `operation` on an instance in `state`, or empty if hostd may try it.
    ///
    /// @param attached whether the instance's drives are held open
    public static Optional<Refusal> refusal(InstanceState state, boolean attached, HostOperation.OnInstance operation) {
        boolean lacksDrives = operation instanceof HostOperation.StartInstance && !attached;
        return operation.type().allowedIn(state) && !lacksDrives
                ? Optional.empty()
                : Optional.of(Refusal.NOT_PERMITTED_NOW);
    }
}
