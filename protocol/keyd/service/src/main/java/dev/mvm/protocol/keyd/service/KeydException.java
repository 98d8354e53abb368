package dev.mvm.protocol.keyd.service;

/// The key service has not done what it was asked.
public final class KeydException extends Exception {
    private static final long serialVersionUID = 1;

    /// The kinds.
    public enum Kind {
        /// Refused; nothing has changed, and asking again changes nothing.
        REFUSED,
        /// Failed, for a reason of the service's own; nothing has changed.
        FAILED,
        /// No answer, or one that cannot be read: it may have been done, or not.
        UNAVAILABLE
    }

    private final Kind kind;
    private final String reason;

    public KeydException(Kind kind, String reason, String text) {
        super(reason + ": " + text);
        this.kind = kind;
        this.reason = reason;
    }

    /// Returns the kind.
    public Kind kind() {
        return kind;
    }

    /// A stable code: the service's, `keyd_unreachable` or `keyd_malformed_answer`.
    public String reason() {
        return reason;
    }
}
