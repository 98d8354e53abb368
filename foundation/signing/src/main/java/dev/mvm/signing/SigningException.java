package dev.mvm.signing;

import dev.mvm.pkcs11.CryptokiException;
import java.io.Serial;
import java.util.Locale;

/// A key could not be read, made or used. The message is one line and holds neither key nor passphrase.
public final class SigningException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    /// Why, in terms that stay the same.
    public enum Reason {
        /// The reference names no kind of key.
        BAD_REFERENCE,
        /// No such file, or none that can be read.
        NO_KEY,
        /// The file is there already.
        KEY_EXISTS,
        /// The file cannot be written.
        NOT_WRITTEN,
        /// Others may read the key, the passphrase or the token.
        EXPOSED,
        /// Not an Ed25519 private key in a form that is read.
        NOT_A_KEY,
        /// Encrypted by means that are too weak, or too costly.
        WEAK_ENCRYPTION,
        /// Nobody said the passphrase, or it is none.
        NO_PASSPHRASE,
        WRONG_PASSPHRASE,
        /// See `CryptokiException.Reason`, also for those that follow.
        NO_MODULE,
        NO_TOKEN,
        AMBIGUOUS_TOKEN,
        TOKEN_GONE,
        WRONG_PIN,
        PIN_LOCKED,
        NO_OBJECT,
        AMBIGUOUS_OBJECT,
        WRONG_KEY,
        TOKEN_REFUSED,
        /// The environment does not say how to reach Vault, or says it wrongly.
        VAULT_SETTINGS,
        /// Vault does not answer, not even after a few tries.
        VAULT_UNREACHABLE,
        VAULT_SEALED,
        /// Vault refuses the token, or what the token may do.
        VAULT_DENIED,
        /// Vault's answer is not one.
        VAULT_ANSWER,
        /// Token or Vault gave a signature that its own public key does not verify.
        BAD_SIGNATURE;

        /// As programs see it.
        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Reason reason;

    public SigningException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    static SigningException of(CryptokiException e) {
        return new SigningException(Reason.valueOf(e.reason().name()), String.valueOf(e.getMessage()));
    }

    public Reason reason() {
        return reason;
    }
}
