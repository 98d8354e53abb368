package dev.mvm.crypto.sign;

import dev.mvm.crypto.sign.EncryptedPkcs8.Hash;
import dev.mvm.crypto.sign.SigningException.Reason;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/// Encryption of key files by PBES2 (RFC 8018, 6.2): PBKDF2 with HMAC-SHA-256, then AES-256 in CBC mode, as
/// `openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 600000` does it. The JDK has no scrypt.
///
/// CBC does not authenticate: a wrong passphrase shows as wrong padding, or as something that is no key.
final class Pbes2 {
    /// Fewest rounds of PBKDF2 that are accepted, and how many a new file gets.
    static final int LEAST_ROUNDS = 600_000;

    /// Most rounds, some ten seconds: a file does not decide how long a command takes.
    static final int MOST_ROUNDS = 10_000_000;

    private static final int KEY_BITS = 256;

    private Pbes2() {}

    /// Decrypts the document of a key that is to sign.
    ///
    /// @param rounds fewest that are accepted
    /// @param what for errors, as "the key FILE"
    static byte[] decrypted(byte[] encrypted, char[] passphrase, int rounds, String what) throws SigningException {
        return opened(parsed(encrypted, rounds, false, what), passphrase, what);
    }

    /// Reads what is encrypted, as far as that goes without the passphrase.
    ///
    /// @param rounds fewest that are accepted
    /// @param mislabelled whether a file with the wrong label is accepted, to be written rightly
    /// @param what for errors, as "the key FILE"
    static EncryptedPkcs8 parsed(byte[] encrypted, int rounds, boolean mislabelled, String what)
            throws SigningException {
        var info = EncryptedPkcs8.parse(encrypted, what);
        if (info.mislabelled()) {
            if (!mislabelled) {
                throw new SigningException(
                        Reason.WRONG_LABEL,
                        what + " says HMAC-SHA-1, as JDK 25.0.5 with its fault wrote it, and is most likely encrypted"
                                + " with HMAC-SHA-256: mvm signing-key passphrase FILE writes it rightly");
            }
        } else if (info.hash() != Hash.SHA_256) {
            throw unknown(what);
        }
        if (info.rounds() < rounds || info.rounds() > MOST_ROUNDS) {
            throw new SigningException(
                    Reason.WEAK_ENCRYPTION,
                    what + " is encrypted with " + info.rounds() + " rounds of PBKDF2, want " + rounds + " to "
                            + MOST_ROUNDS + ": mvm signing-key passphrase FILE encrypts it anew");
        }
        return info;
    }

    /// Decrypts what [#parsed] has accepted, by HMAC-SHA-256 whatever its label says.
    ///
    /// @throws SigningException `WRONG_PASSPHRASE`, or `WEAK_ENCRYPTION` if a label that looked wrong is right
    static byte[] opened(EncryptedPkcs8 info, char[] passphrase, String what) throws SigningException {
        try {
            return document(info, passphrase, Hash.SHA_256);
        } catch (GeneralSecurityException e) {
            if (info.mislabelled() && opens(info, passphrase, Hash.SHA_1)) {
                throw unknown(what);
            }
            throw new SigningException(Reason.WRONG_PASSPHRASE, "wrong passphrase for " + what);
        }
    }

    private static boolean opens(EncryptedPkcs8 info, char[] passphrase, Hash hash) {
        try {
            Arrays.fill(document(info, passphrase, hash), (byte) 0);
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /// One wrong key in 256 leaves padding that looks right; what it leaves is no SEQUENCE.
    private static byte[] document(EncryptedPkcs8 info, char[] passphrase, Hash hash) throws GeneralSecurityException {
        int rounds = Math.toIntExact(info.rounds());
        var document = cipher(Cipher.DECRYPT_MODE, passphrase, hash, info.salt(), rounds, info.iv())
                .doFinal(info.sealed());
        if (!Pkcs8.complete(document)) {
            Arrays.fill(document, (byte) 0);
            throw new GeneralSecurityException("not a document");
        }
        return document;
    }

    static SigningException unknown(String what) {
        return new SigningException(
                Reason.WEAK_ENCRYPTION,
                what
                        + " is encrypted by other means than PBES2 with PBKDF2, HMAC-SHA-256 and AES-256-CBC: convert it by"
                        + " openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter " + LEAST_ROUNDS);
    }

    private static Cipher cipher(int mode, char[] passphrase, Hash hash, byte[] salt, int rounds, byte[] iv)
            throws GeneralSecurityException {
        var spec = new PBEKeySpec(passphrase, salt, rounds, KEY_BITS);
        var function = switch (hash) {
            case SHA_256 -> "PBKDF2WithHmacSHA256";
            case SHA_1 -> "PBKDF2WithHmacSHA1";
        };
        var key = SecretKeyFactory.getInstance(function).generateSecret(spec).getEncoded();
        spec.clearPassword();
        try {
            var cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cipher.init(mode, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
            return cipher;
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }
}
