package dev.mvm.protocol.guest;

import java.io.IOException;
import java.io.Serial;

/// The channel has ended, or was never established.
public final class ChannelClosedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final EndReason reason;

    ChannelClosedException(EndReason reason) {
        super("the guest's channel is closed: " + reason.code());
        this.reason = reason;
    }

    public EndReason reason() {
        return reason;
    }
}
