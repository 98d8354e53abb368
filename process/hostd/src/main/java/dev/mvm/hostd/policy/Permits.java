package dev.mvm.hostd.policy;

import static dev.mvm.hostd.policy.Refusal.NOT_PERMITTED_NOW;

import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import java.util.Optional;

/// What is allowed now: state by operation, every pair written, no default. A new operation does not compile until
/// it has an answer in every state.
public final class Permits {
    private Permits() {}

    /// Empty if `operation` may be tried on an instance in `state`.
    ///
    /// @param attached whether the instance's drives are held open
    public static Optional<Refusal> refusal(InstanceState state, boolean attached, HostOperation.OnInstance operation) {
        return switch (state) {
            case CREATED, SLEEPING, DESTROYED ->
                switch (operation) {
                    case HostOperation.DestroyInstance _ -> Optional.empty();
                    case HostOperation.AttachDrives _,
                            HostOperation.StartInstance _,
                            HostOperation.StopInstance _,
                            HostOperation.PauseInstance _,
                            HostOperation.ResumeInstance _,
                            HostOperation.GuestPing _,
                            HostOperation.GuestExec _ -> Optional.of(NOT_PERMITTED_NOW);
                };
            case READY, STOPPED ->
                switch (operation) {
                    case HostOperation.AttachDrives _, HostOperation.DestroyInstance _ -> Optional.empty();
                    case HostOperation.StartInstance _ -> attached ? Optional.empty() : Optional.of(NOT_PERMITTED_NOW);
                    case HostOperation.StopInstance _,
                            HostOperation.PauseInstance _,
                            HostOperation.ResumeInstance _,
                            HostOperation.GuestPing _,
                            HostOperation.GuestExec _ -> Optional.of(NOT_PERMITTED_NOW);
                };
            case RUNNING ->
                switch (operation) {
                    case HostOperation.StopInstance _,
                            HostOperation.PauseInstance _,
                            HostOperation.DestroyInstance _,
                            HostOperation.GuestPing _,
                            HostOperation.GuestExec _ -> Optional.empty();
                    case HostOperation.AttachDrives _, HostOperation.StartInstance _, HostOperation.ResumeInstance _ ->
                        Optional.of(NOT_PERMITTED_NOW);
                };
            case WARM ->
                switch (operation) {
                    case HostOperation.ResumeInstance _,
                            HostOperation.StopInstance _,
                            HostOperation.DestroyInstance _ -> Optional.empty();
                    case HostOperation.AttachDrives _,
                            HostOperation.StartInstance _,
                            HostOperation.PauseInstance _,
                            HostOperation.GuestPing _,
                            HostOperation.GuestExec _ -> Optional.of(NOT_PERMITTED_NOW);
                };
        };
    }
}
