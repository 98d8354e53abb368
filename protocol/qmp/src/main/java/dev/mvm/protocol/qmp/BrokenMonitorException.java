package dev.mvm.protocol.qmp;

import java.io.Serial;

/// No usable response, with the reason. Becomes [QmpAnswer.Broken] at the edge of this package.
final class BrokenMonitorException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final QmpAnswer.Reason reason;

    BrokenMonitorException(QmpAnswer.Reason reason) {
        super("no usable answer", null, false, false);
        this.reason = reason;
    }

    QmpAnswer.Reason reason() {
        return reason;
    }
}
