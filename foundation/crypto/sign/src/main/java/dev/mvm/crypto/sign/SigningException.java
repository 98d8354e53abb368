package dev.mvm.crypto.sign;

import dev.mvm.crypto.pkcs11.CryptokiException;
import java.io.Serial;

/// A key could not be read, made or used. The message is one line and holds neither key nor passphrase.
public final class SigningException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    /// Stable reason codes.
    public enum Reason {
        /// The reference names no kind of key.
        BAD_REFERENCE("bad_reference"),
        /// No such file, or none that can be read.
        NO_KEY("no_key"),
        /// The file is there already.
        KEY_EXISTS("key_exists"),
        /// The file cannot be written, or what was written does not open.
        NOT_WRITTEN("not_written"),
        /// The file is in its place, and the disk may not have it yet.
        NOT_SYNCED("not_synced"),
        /// Others may read the key, the passphrase or the token.
        EXPOSED("exposed"),
        /// Not an Ed25519 private key in a form that is read.
        NOT_A_KEY("not_a_key"),
        /// Encrypted by means that are too weak, or too costly.
        WEAK_ENCRYPTION("weak_encryption"),
        /// Encrypted as is right, but the file names another hash: a faulty JDK wrote it.
        WRONG_LABEL("wrong_label"),
        /// The file beside the key has another public half.
        OTHER_PUBLIC_HALF("other_public_half"),
        /// The library that opens key files is not there.
        NO_LIBRARY("no_library"),
        /// No passphrase was given, or an invalid one.
        NO_PASSPHRASE("no_passphrase"),
        WRONG_PASSPHRASE("wrong_passphrase"),
        /// See `CryptokiException.Reason`, also for those that follow.
        NO_MODULE("no_module"),
        NO_TOKEN("no_token"),
        AMBIGUOUS_TOKEN("ambiguous_token"),
        TOKEN_GONE("token_gone"),
        WRONG_PIN("wrong_pin"),
        PIN_LOCKED("pin_locked"),
        NO_OBJECT("no_object"),
        AMBIGUOUS_OBJECT("ambiguous_object"),
        WRONG_KEY("wrong_key"),
        TOKEN_REFUSED("token_refused"),
        /// The environment does not say how to reach Vault, or says it wrongly.
        VAULT_SETTINGS("vault_settings"),
        /// Vault does not answer, not even after a few tries.
        VAULT_UNREACHABLE("vault_unreachable"),
        VAULT_SEALED("vault_sealed"),
        /// Vault refuses the token, or what the token may do.
        VAULT_DENIED("vault_denied"),
        /// Vault's answer is not one.
        VAULT_ANSWER("vault_answer"),
        /// Token or Vault gave a signature that its own public key does not verify.
        BAD_SIGNATURE("bad_signature");

        private final String code;

        Reason(String code) {
            this.code = code;
        }

        /// Returns the word for programs.
        public String code() {
            return code;
        }
    }

    private final Reason reason;

    public SigningException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    static SigningException of(CryptokiException e) {
        var reason = switch (e.reason()) {
            case BAD_REFERENCE -> Reason.BAD_REFERENCE;
            case NO_MODULE -> Reason.NO_MODULE;
            case NO_TOKEN -> Reason.NO_TOKEN;
            case AMBIGUOUS_TOKEN -> Reason.AMBIGUOUS_TOKEN;
            case TOKEN_GONE -> Reason.TOKEN_GONE;
            case WRONG_PIN -> Reason.WRONG_PIN;
            case PIN_LOCKED -> Reason.PIN_LOCKED;
            case NO_OBJECT -> Reason.NO_OBJECT;
            case AMBIGUOUS_OBJECT -> Reason.AMBIGUOUS_OBJECT;
            case WRONG_KEY -> Reason.WRONG_KEY;
            case TOKEN_REFUSED -> Reason.TOKEN_REFUSED;
        };
        return new SigningException(reason, String.valueOf(e.getMessage()));
    }

    public Reason reason() {
        return reason;
    }
}
