package dev.mvm.crypto.pkcs11;

import java.io.Serial;

/// Token, PIN or key cannot be used. The message is one line and holds nothing of the PIN.
public final class CryptokiException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    /// Stable reason codes.
    public enum Reason {
        /// The reference is no `pkcs11:` URI, or one that this code does not follow.
        BAD_REFERENCE,
        /// The module is missing or not a PKCS #11 module.
        NO_MODULE,
        /// No token fits.
        NO_TOKEN,
        /// Several tokens fit.
        AMBIGUOUS_TOKEN,
        /// The token was there and is no longer, or has ended the session.
        TOKEN_GONE,
        WRONG_PIN,
        /// Too many wrong PINs were given, or the next one would be one too many.
        PIN_LOCKED,
        /// No key fits.
        NO_OBJECT,
        /// Several keys fit.
        AMBIGUOUS_OBJECT,
        /// The key is not for what is asked, or its public half cannot be read.
        WRONG_KEY,
        /// Anything else that the module says.
        TOKEN_REFUSED
    }

    private final Reason reason;

    public CryptokiException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /// Returns the meaning of a module's return value (PKCS #11, `CKR_...` of pkcs11t.h).
    ///
    /// @param function what was called, as the standard spells it
    /// @param answer what it returned, not 0
    static CryptokiException of(String function, long answer) {
        return switch ((int) answer) {
            case 0x30, 0x32, 0xb0, 0xb3, 0xe0, 0xe1 ->
                new CryptokiException(
                        Reason.TOKEN_GONE, "the token is gone (" + text(function, answer) + "): is it plugged in?");
            case 0xa0, 0xa1, 0xa2 -> new CryptokiException(Reason.WRONG_PIN, "the token refuses the PIN");
            case 0xa4 ->
                new CryptokiException(
                        Reason.PIN_LOCKED, "the PIN is locked: unlock it with the token's own tool and its SO PIN");
            case 0xa3 ->
                new CryptokiException(Reason.WRONG_PIN, "the PIN has expired: set a new one with the token's own tool");
            case 0x102 -> new CryptokiException(Reason.WRONG_PIN, "the token's user has no PIN yet: set one");
            case 0x70, 0x71, 0x63, 0x68 ->
                new CryptokiException(
                        Reason.WRONG_KEY,
                        "the token does not "
                                + (function.startsWith("C_Sign") ? "sign Ed25519" : "work with AES-256-GCM")
                                + " with this key (" + text(function, answer) + ")");
            default -> new CryptokiException(Reason.TOKEN_REFUSED, "the token refused: " + text(function, answer));
        };
    }

    private static String text(String function, long answer) {
        return function + ": 0x" + Long.toHexString(answer);
    }
}
