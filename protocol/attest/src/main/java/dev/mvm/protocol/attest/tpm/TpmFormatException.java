package dev.mvm.protocol.attest.tpm;

import java.io.Serial;
import java.util.Objects;

/// Bytes that are not the structure of a TPM that they should be, or a structure that is not acceptable. One line.
public final class TpmFormatException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    TpmFormatException(String message) {
        super(message);
    }

    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }
}
