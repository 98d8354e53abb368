package dev.mvm.coordinator.pki;

import java.io.IOException;
import java.io.Serial;

/// A key or certificate could not be made, read or kept. The message is one line and holds no key material.
public final class PkiException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    public PkiException(String message) {
        super(message);
    }

    PkiException(String message, IOException cause) {
        super(message + ": " + cause.getMessage(), cause);
    }
}
