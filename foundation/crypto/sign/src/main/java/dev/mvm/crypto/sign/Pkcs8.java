package dev.mvm.crypto.sign;

import dev.mvm.crypto.sign.SigningException.Reason;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/// An Ed25519 private key as PKCS #8 (RFC 5958, RFC 8410).
final class Pkcs8 {
    static final int SEED = 32;

    /// Bytes before the seed in version 1, as `openssl genpkey` writes them.
    private static final byte[] PREFIX = HexFormat.of().parseHex("302e020100300506032b657004220420");

    private Pkcs8() {}

    /// The document for a seed (RFC 8032, 5.1.5).
    static byte[] of(byte[] seed) {
        var out = Arrays.copyOf(PREFIX, PREFIX.length + SEED);
        System.arraycopy(seed, 0, out, PREFIX.length, SEED);
        return out;
    }

    /// Returns whether a document is one SEQUENCE of DER (X.690, 8.1.3) with any contents and nothing after it.
    static boolean complete(byte[] document) {
        if (document.length < 2 || document[0] != 0x30) {
            return false;
        }
        int first = document[1] & 0xff;
        int digits = first < 0x80 ? 0 : first & 0x7f;
        if (digits > 2 || document.length < 2 + digits) {
            return false; // longer than any key
        }
        int length = digits == 0 ? first : 0;
        for (int i = 0; i < digits; i++) {
            length = (length << 8) | (document[2 + i] & 0xff);
        }
        return document.length == 2 + digits + length;
    }

    /// The seed in a document.
    ///
    /// @param what for errors, as "the key FILE"
    /// @throws SigningException `NOT_A_KEY`
    static byte[] seed(byte[] document, String what) throws SigningException {
        if (document.length == PREFIX.length + SEED && Arrays.mismatch(document, PREFIX) == PREFIX.length) {
            return Arrays.copyOfRange(document, PREFIX.length, document.length); // the JDK would keep copies
        }
        try {
            var key = KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(document));
            var seed = ((EdECPrivateKey) key).getBytes().orElseThrow(IllegalArgumentException::new);
            if (seed.length == SEED) {
                return seed;
            }
        } catch (GeneralSecurityException | IllegalArgumentException _) { // says the same as another length
        }
        throw new SigningException(Reason.NOT_A_KEY, what + " is not an Ed25519 private key");
    }
}
