package dev.mvm.protocol.snapshot;

import java.io.IOException;
import java.io.Serial;

/// A snapshot was not opened, or a part of it not, or not made. Nothing of the part in question was given out.
public final class SnapshotException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final SnapshotReason reason;

    /// @param detail one line that says where and what, for people
    public SnapshotException(SnapshotReason reason, String detail) {
        super(reason.code() + ": " + detail);
        this.reason = reason;
    }

    public SnapshotReason reason() {
        return reason;
    }
}
