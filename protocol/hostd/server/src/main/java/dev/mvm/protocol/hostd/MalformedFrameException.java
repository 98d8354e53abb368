package dev.mvm.protocol.hostd;

import java.io.IOException;
import java.io.Serial;

/// The other side sent bytes that do not follow the protocol. The connection has to be closed.
public final class MalformedFrameException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    public MalformedFrameException(String message) {
        super(message);
    }
}
