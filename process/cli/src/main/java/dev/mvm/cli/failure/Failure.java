package dev.mvm.cli.failure;

import java.io.Serial;

/// Reason why a command failed, in one line for a person. The process then exits with status 1.
public final class Failure extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String code;

    public Failure(String message) {
        super(message);
        this.code = "";
    }

    /// A refusal of the coordinator or of a node.
    ///
    /// @param code its stable code, which ends the line
    public Failure(String message, String code) {
        super(message + " (" + code + ")");
        this.code = code;
    }

    /// Returns whether this is the refusal with a code.
    public boolean is(String refusal) {
        return code.equals(refusal);
    }
}
