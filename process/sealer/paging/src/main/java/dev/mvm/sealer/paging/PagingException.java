package dev.mvm.sealer.paging;

import java.io.IOException;
import java.io.Serial;

/// An exchange with a VMM ended early. The VMM must be killed then: it does not have all of its memory.
public final class PagingException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final PagingReason reason;

    /// @param detail one line for people with place and fault; it has no text of the VMM's
    public PagingException(PagingReason reason, String detail) {
        super(reason.code() + ": " + detail);
        this.reason = reason;
    }

    public PagingReason reason() {
        return reason;
    }
}
