package dev.mvm.cli.failure;

import java.io.Serial;

/// What a command says when it does not do what was asked: one line. The process then ends with status 1.
public final class Failure extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    public Failure(String message) {
        super(message);
    }
}
