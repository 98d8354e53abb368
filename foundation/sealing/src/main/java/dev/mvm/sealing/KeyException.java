package dev.mvm.sealing;

import java.io.Serial;
import java.util.Locale;

/// A key that cannot be made, opened or sealed. The message is one line, and holds nothing secret.
public final class KeyException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /// Stable codes.
    public enum Reason {
        /// libcrypto is missing, or may not be called.
        NO_LIBCRYPTO,
        /// A node's public key that nothing can be sealed to.
        BAD_NODE_KEY,
        /// The master keys are missing, exposed or not what they should be.
        NO_MASTER_KEY,
        /// What was kept does not open: wrapped by another master, for another key, or altered.
        NOT_UNWRAPPED,
        /// The key service refuses, or does not answer.
        KEY_SERVICE;

        /// The stable code, such as `not_unwrapped`.
        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public KeyException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
