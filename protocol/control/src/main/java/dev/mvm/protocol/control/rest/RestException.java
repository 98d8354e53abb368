package dev.mvm.protocol.control.rest;

import java.io.Serial;

/// A request or an answer does not have the form that the service's description defines. The message is one line, and
/// may be sent to the sender of the bytes.
public final class RestException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    public RestException(String message) {
        super(message);
    }
}
