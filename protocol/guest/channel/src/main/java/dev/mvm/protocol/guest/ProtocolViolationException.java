package dev.mvm.protocol.guest;

import java.io.IOException;
import java.io.Serial;

/// The other side sent bytes that do not follow the protocol. The session has ended.
final class ProtocolViolationException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final EndReason reason;

    ProtocolViolationException(EndReason reason) {
        super(reason.code());
        this.reason = reason;
    }

    EndReason reason() {
        return reason;
    }

    /// Checks a rule of the protocol.
    ///
    /// @throws ProtocolViolationException with `otherwise` if `rule` does not hold
    static void check(boolean rule, EndReason otherwise) throws ProtocolViolationException {
        if (!rule) {
            throw new ProtocolViolationException(otherwise);
        }
    }
}
