package dev.mvm.hostd.policy;

import static dev.mvm.hostd.policy.Refusal.NOT_PERMITTED_NOW;

import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import java.util.Optional;

/// Table of the operations that are allowed now: operation by state, every pair written, no default. A new operation,
/// and a new state, does not
/// compile until it has its answers.
public final class AllowedOperations {
    private AllowedOperations() {}

    /// Empty if `operation` may be tried on an instance in `state`.
    ///
    /// @param attached whether the instance's drives are held open
    public static Optional<Refusal> refusal(InstanceState state, boolean attached, HostOperation.OnInstance operation) {
        boolean permitted = switch (operation) {
            case HostOperation.AttachDrives _ -> stands(state);
            case HostOperation.StartInstance _ -> stands(state) && attached;
            case HostOperation.PauseInstance _, HostOperation.GuestPing _, HostOperation.GuestExec _ ->
                switch (state) {
                    case RUNNING -> true;
                    case CREATED, READY, WARM, SLEEPING, STOPPED, DESTROYED -> false;
                };
            case HostOperation.ResumeInstance _ ->
                switch (state) {
                    case WARM -> true;
                    case CREATED, READY, RUNNING, SLEEPING, STOPPED, DESTROYED -> false;
                };
            case HostOperation.SleepInstance _ ->
                switch (state) {
                    case RUNNING, WARM -> true;
                    case CREATED, READY, SLEEPING, STOPPED, DESTROYED -> false;
                };
            case HostOperation.WakeInstance _ ->
                switch (state) {
                    case SLEEPING -> true;
                    case CREATED, READY, RUNNING, WARM, STOPPED, DESTROYED -> false;
                };
            case HostOperation.StopInstance _ ->
                switch (state) {
                    case RUNNING, WARM, SLEEPING -> true;
                    case CREATED, READY, STOPPED, DESTROYED -> false;
                };
            case HostOperation.DestroyInstance _ -> true;
        };
        return permitted ? Optional.empty() : Optional.of(NOT_PERMITTED_NOW);
    }

    private static boolean stands(InstanceState state) {
        return switch (state) {
            case READY, STOPPED -> true;
            case CREATED, RUNNING, WARM, SLEEPING, DESTROYED -> false;
        };
    }
}
