package dev.mvm.protocol.firecracker;

import java.io.Serial;

/// No usable response, with the reason. Becomes [Answer.Broken] at the edge of this package.
final class BrokenApiException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final Answer.Reason reason;

    BrokenApiException(Answer.Reason reason) {
        super("no usable answer", null, false, false);
        this.reason = reason;
    }

    Answer.Reason reason() {
        return reason;
    }
}
