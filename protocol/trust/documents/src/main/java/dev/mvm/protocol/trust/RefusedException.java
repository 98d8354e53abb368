package dev.mvm.protocol.trust;

import java.io.Serial;

/// A document was not believed, and nothing has changed because of it.
public final class RefusedException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final DocumentReason reason;

    /// @param detail one line that says where and what, for people
    public RefusedException(DocumentReason reason, String detail) {
        super(reason.code() + ": " + detail);
        this.reason = reason;
    }

    public DocumentReason reason() {
        return reason;
    }
}
