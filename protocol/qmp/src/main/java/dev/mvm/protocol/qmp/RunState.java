package dev.mvm.protocol.qmp;

import java.util.Arrays;

/// Run state of a virtual machine (`RunState` of `qapi/run-state.json`).
public enum RunState {
    RUNNING("running"),
    /// Stopped by a command.
    PAUSED("paused"),
    /// Started with `-S`; has never run.
    PRELAUNCH("prelaunch"),
    /// Waits for an incoming migration, or takes one.
    INMIGRATE("inmigrate"),
    /// About to finish an outgoing migration.
    FINISH_MIGRATE("finish-migrate"),
    /// Stopped because its state has been written.
    POSTMIGRATE("postmigrate"),
    /// The guest has shut down and QEMU was told not to end.
    SHUTDOWN("shutdown"),
    GUEST_PANICKED("guest-panicked"),
    /// Stopped by a failed disk.
    IO_ERROR("io-error"),
    INTERNAL_ERROR("internal-error"),
    /// The guest sleeps (ACPI S3).
    SUSPENDED("suspended"),
    /// Any other.
    OTHER("");

    private final String word;

    RunState(String word) {
        this.word = word;
    }

    static RunState of(String word) {
        return Arrays.stream(values())
                .filter(state -> state.word.equals(word))
                .findFirst()
                .orElse(OTHER);
    }
}
