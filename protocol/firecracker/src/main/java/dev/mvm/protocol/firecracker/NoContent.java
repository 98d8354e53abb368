package dev.mvm.protocol.firecracker;

/// What a command that was carried out answers: 204, and nothing else.
public enum NoContent {
    DONE
}
