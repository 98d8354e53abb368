package dev.mvm.protocol.firecracker;

import dev.mvm.model.FirecrackerVersion;

/// A process's description of itself.
///
/// @param id the `--id` it was started with; whatever the VMM says, at most 64 characters of printable ASCII
public record InstanceInfo(String id, FirecrackerVersion version, State state) {
    public enum State {
        NOT_STARTED,
        RUNNING,
        PAUSED
    }
}
