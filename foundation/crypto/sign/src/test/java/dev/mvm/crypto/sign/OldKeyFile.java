package dev.mvm.crypto.sign;

import dev.mvm.crypto.sign.EncryptedPkcs8.Hash;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/// Key files as mvm wrote them before Argon2id, and as openssl writes them: PBES2 in PKCS #8.
final class OldKeyFile {
    private OldKeyFile() {}

    static Pem encrypted(byte[] seed, char[] passphrase) {
        return new Pem(Pem.ENCRYPTED, document(Pkcs8.of(seed), passphrase, Hash.SHA_256));
    }

    /// As JDK 25.0.5 has done it: the hash is right, what the file says of it is not.
    static Pem mislabelled(byte[] seed, char[] passphrase) {
        return new Pem(Pem.ENCRYPTED, document(Pkcs8.of(seed), passphrase, Hash.SHA_1));
    }

    private static byte[] document(byte[] document, char[] passphrase, Hash label) {
        var random = new SecureRandom();
        var salt = new byte[EncryptedPkcs8.SALT];
        var iv = new byte[EncryptedPkcs8.BLOCK];
        random.nextBytes(salt);
        random.nextBytes(iv);
        try {
            var spec = new PBEKeySpec(passphrase, salt, Pbes2.LEAST_ROUNDS, 256);
            var key = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(spec)
                    .getEncoded();
            var cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
            return new EncryptedPkcs8(label, true, salt, Pbes2.LEAST_ROUNDS, iv, cipher.doFinal(document)).encoded();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
