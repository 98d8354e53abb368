package dev.mvm.protocol.control.rest;

import java.io.Serial;

/// A request or an answer that is not in the form that the service's description gives it. The message is one line,
/// fit to be sent to the client.
public final class RestException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    public RestException(String message) {
        super(message);
    }
}
