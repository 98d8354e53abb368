package dev.mvm.protocol.keyd.service;

import java.io.IOException;

/// Bytes that are no frame of this protocol. The connection is of no more use.
public final class MalformedFrameException extends IOException {
    private static final long serialVersionUID = 1;

    public MalformedFrameException(String message) {
        super(message);
    }
}
