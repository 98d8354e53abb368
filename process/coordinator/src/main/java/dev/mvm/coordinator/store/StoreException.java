package dev.mvm.coordinator.store;

import java.io.Serial;

/// A request to the store failed. Nothing has changed, except perhaps for [Kind#UNAVAILABLE].
public final class StoreException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /// The kind of failure.
    public enum Kind {
        /// The revision is older than the last compaction: read afresh.
        COMPACTED,
        /// The revision has not been reached.
        FUTURE_REVISION,
        /// The lease has expired, was revoked, or never existed.
        NO_SUCH_LEASE,
        /// The store is closed, or its disk failed. A transaction that was under way may have happened.
        UNAVAILABLE
    }

    public StoreException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    StoreException(String message, Throwable cause) {
        super(message + ": " + cause.getMessage(), cause);
        this.kind = Kind.UNAVAILABLE;
    }

    public Kind kind() {
        return kind;
    }
}
