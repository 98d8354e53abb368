package dev.mvm.cli.failure;

import java.io.Serial;

/// Reason why a command failed, in one line for a person. The process then exits with status 1.
public final class Failure extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    public Failure(String message) {
        super(message);
    }
}
