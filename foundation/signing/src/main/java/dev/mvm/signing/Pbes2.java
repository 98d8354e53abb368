package dev.mvm.signing;

import dev.mvm.signing.SigningException.Reason;
import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Encrypted PKCS #8 (RFC 5958, section 3) by PBES2 (RFC 8018, 6.2): PBKDF2 with HMAC-SHA-256, then AES-256 in CBC
/// mode, as `openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 600000` writes it. The JDK has no
/// scrypt.
///
/// CBC does not authenticate: a wrong passphrase shows as wrong padding, or as something that is no key.
final class Pbes2 {
    /// Fewest rounds of PBKDF2 that are accepted, and how many a new file gets.
    static final int LEAST_ROUNDS = 600_000;

    /// Most rounds, some ten seconds: a file does not decide how long a command takes.
    static final int MOST_ROUNDS = 10_000_000;

    private static final String SCHEME = "PBEWithHmacSHA256AndAES_256";
    private static final int SALT = 16;
    private static final int IV = 16;
    private static final int MOST_SALT = 1024;
    private static final int KEY_BITS = 256;

    private Pbes2() {}

    /// Encrypts a document.
    static byte[] encrypted(byte[] document, char[] passphrase) {
        var salt = new byte[SALT];
        var iv = new byte[IV];
        var random = new SecureRandom();
        random.nextBytes(salt);
        random.nextBytes(iv);
        try {
            var parameters = AlgorithmParameters.getInstance(SCHEME);
            parameters.init(new PBEParameterSpec(salt, LEAST_ROUNDS, new IvParameterSpec(iv)));
            var sealed = cipher(Cipher.ENCRYPT_MODE, passphrase, salt, LEAST_ROUNDS, new IvParameterSpec(iv))
                    .doFinal(document);
            // the parameters know their content, but only this name for them has an object identifier
            var named = AlgorithmParameters.getInstance("PBES2");
            named.init(parameters.getEncoded());
            return new EncryptedPrivateKeyInfo(named, sealed).getEncoded();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("every JDK since 8 has PBES2", e);
        }
    }

    /// Decrypts a document.
    ///
    /// @param rounds fewest that are accepted
    /// @param what for errors, as "the key FILE"
    static byte[] decrypted(byte[] encrypted, char[] passphrase, int rounds, String what) throws SigningException {
        var info = info(encrypted, what);
        var spec = parameters(info, what);
        if (spec.getIterationCount() < rounds || spec.getIterationCount() > MOST_ROUNDS) {
            throw new SigningException(
                    Reason.WEAK_ENCRYPTION,
                    what + " is encrypted with " + spec.getIterationCount() + " rounds of PBKDF2, want " + rounds
                            + " to " + MOST_ROUNDS + ": mvm key passphrase FILE encrypts it anew");
        }
        try {
            return cipher(Cipher.DECRYPT_MODE, passphrase, spec.getSalt(), spec.getIterationCount(), (IvParameterSpec)
                            spec.getParameterSpec())
                    .doFinal(info.getEncryptedData());
        } catch (GeneralSecurityException e) {
            throw new SigningException(Reason.WRONG_PASSPHRASE, "wrong passphrase for " + what);
        }
    }

    private static EncryptedPrivateKeyInfo info(byte[] encrypted, String what) throws SigningException {
        if (!Pkcs8.complete(encrypted)) {
            throw new SigningException(Reason.NOT_A_KEY, what + " is damaged: part of it is missing, or more follows");
        }
        try {
            return new EncryptedPrivateKeyInfo(encrypted);
        } catch (IOException | RuntimeException e) { // the parser of the JDK throws either for bad DER
            throw unknown(what);
        }
    }

    private static PBEParameterSpec parameters(EncryptedPrivateKeyInfo info, String what) throws SigningException {
        var parameters = info.getAlgParameters();
        // the name of parameters of PBES2 says which hash and which cipher they are for
        if (parameters != null && SCHEME.equals(parameters.toString())) {
            try {
                var spec = parameters.getParameterSpec(PBEParameterSpec.class);
                if (spec.getSalt().length <= MOST_SALT
                        && spec.getParameterSpec() instanceof IvParameterSpec iv
                        && iv.getIV().length == IV) {
                    return spec;
                }
            } catch (GeneralSecurityException _) { // says the same as other parameters
            }
        }
        throw unknown(what);
    }

    private static SigningException unknown(String what) {
        return new SigningException(
                Reason.WEAK_ENCRYPTION,
                what
                        + " is encrypted by other means than PBES2 with PBKDF2, HMAC-SHA-256 and AES-256-CBC: convert it by"
                        + " openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter " + LEAST_ROUNDS);
    }

    private static Cipher cipher(int mode, char[] passphrase, byte[] salt, int rounds, IvParameterSpec iv)
            throws GeneralSecurityException {
        var spec = new PBEKeySpec(passphrase, salt, rounds, KEY_BITS);
        var key = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                .generateSecret(spec)
                .getEncoded();
        spec.clearPassword();
        try {
            var cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cipher.init(mode, new SecretKeySpec(key, "AES"), iv);
            return cipher;
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }
}
