package dev.mvm.protocol.firecracker;

import java.io.Serial;

/// Why there is no usable answer. Becomes [Answer.Broken] at the edge of this package.
final class BrokenException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final Answer.Reason reason;

    BrokenException(Answer.Reason reason) {
        super("no usable answer", null, false, false);
        this.reason = reason;
    }

    Answer.Reason reason() {
        return reason;
    }
}
