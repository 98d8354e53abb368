package dev.mvm.protocol.firecracker;

/// Response to a command that was carried out: 204 without a body.
public enum NoContent {
    DONE
}
