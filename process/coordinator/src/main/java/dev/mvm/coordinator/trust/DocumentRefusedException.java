package dev.mvm.coordinator.trust;

import dev.mvm.protocol.trust.RefusedException;
import java.io.Serial;

/// A document failed verification, or could not be signed.
public final class DocumentRefusedException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String reason;

    /// @param reason a stable code in snake case
    /// @param message one line for people
    public DocumentRefusedException(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    /// Returns the same refusal, with the code in [#reason] and not in the message.
    public static DocumentRefusedException of(RefusedException e) {
        var code = e.reason().code();
        return new DocumentRefusedException(code, String.valueOf(e.getMessage()).substring(code.length() + 2));
    }

    public String reason() {
        return reason;
    }
}
