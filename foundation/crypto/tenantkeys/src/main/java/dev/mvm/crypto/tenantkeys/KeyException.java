package dev.mvm.crypto.tenantkeys;

import java.io.Serial;

/// A key that cannot be made, opened or sealed. The message is one line, and holds nothing secret.
public final class KeyException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /// Stable codes.
    public enum Reason {
        /// libcrypto is missing, or may not be called.
        NO_LIBCRYPTO("no_libcrypto"),
        /// A node's public key to which nothing can be encrypted.
        BAD_NODE_KEY("bad_node_key"),
        /// The master keys are missing, exposed or not what they should be.
        NO_MASTER_KEY("no_master_key"),
        /// The wrapped key does not open: wrapped by another master, for another key, or altered.
        NOT_UNWRAPPED("not_unwrapped"),
        /// The key service refuses, or does not answer.
        KEY_SERVICE("key_service");

        private final String code;

        Reason(String code) {
            this.code = code;
        }

        /// The stable code, such as `not_unwrapped`.
        public String code() {
            return code;
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
