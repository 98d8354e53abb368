package dev.mvm.sealer.paging;

import java.io.IOException;
import java.io.Serial;

/// A conversation with a VMM ended before its time. The VMM is then good for nothing: what it has of its memory is not
/// all of it.
public final class PagingException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final PagingReason reason;

    /// @param detail one line that says where and what, for people; nothing of it is text of the VMM's
    public PagingException(PagingReason reason, String detail) {
        super(reason.code() + ": " + detail);
        this.reason = reason;
    }

    public PagingReason reason() {
        return reason;
    }
}
