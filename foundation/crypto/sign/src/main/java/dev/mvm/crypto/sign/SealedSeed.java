package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.crypto.sign.Argon2id.Cost;
import dev.mvm.crypto.sign.SigningException.Reason;
import dev.mvm.crypto.verify.VerifyKey;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// A key under a passphrase, as mvm writes it: Argon2id and AES-256-GCM. Nothing about them is negotiable; the version
/// says all of it.
///
/// | bytes | version 1 |
/// |---|---|
/// | 1 | 1 |
/// | 32 | the public key |
/// | 16 | salt of Argon2id: 3 passes over 64 MiB in 4 lanes, the passphrase in UTF-8 |
/// | 12 | nonce of AES-256-GCM, whose associated data is all that stands before the ciphertext |
/// | 48 | the seed (RFC 8032, 5.1.5), encrypted, and the tag |
final class SealedSeed {
    /// Second choice of RFC 9106, section 4, for machines that do not have 2 GiB to spare.
    static final Cost COST = new Cost(3, 64 * 1024, 4);

    static final int BYTES = 109;

    private static final byte VERSION = 1;
    private static final int SALT = 16;
    private static final int NONCE = 12;
    private static final int TAG = 16;
    private static final int KEY = 32;
    private static final int MOST_UTF8 = 3; // bytes of one char; a pair of them has four
    private static final int SALT_AT = 1 + VerifyKey.BYTES;
    private static final int NONCE_AT = SALT_AT + SALT;
    private static final int SEALED_AT = NONCE_AT + NONCE;

    private SealedSeed() {}

    /// Encrypts a seed.
    ///
    /// @throws SigningException `NO_LIBRARY`
    static Pem sealed(byte[] seed, char[] passphrase) throws SigningException {
        var drawn = new byte[SALT + NONCE];
        new SecureRandom().nextBytes(drawn);
        var out = new byte[BYTES];
        var to = ByteBuffer.wrap(out)
                .put(VERSION)
                .put(Ed25519Library.here().publicHalf(seed).raw())
                .put(drawn);
        try {
            to.put(cipher(Cipher.ENCRYPT_MODE, out, passphrase).doFinal(seed));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES-256-GCM", e);
        }
        return new Pem(Pem.SEALED, out);
    }

    /// Refuses what is not of a version that is read, before a passphrase is asked for.
    ///
    /// @param what for errors, as "the key FILE"
    static void demandKnown(byte[] content, String what) throws SigningException {
        if (content.length > 0 && content[0] != VERSION) {
            throw new SigningException(
                    Reason.NOT_A_KEY, what + " has version " + (content[0] & 0xff) + ": a later mvm reads it");
        }
        if (content.length != BYTES) {
            throw new SigningException(Reason.NOT_A_KEY, what + " is damaged");
        }
    }

    /// Decrypts a seed. The caller wipes it.
    ///
    /// @param what for errors, as "the key FILE"
    /// @throws SigningException `WRONG_PASSPHRASE` also for a file that was altered, `NO_LIBRARY`, `NOT_A_KEY`
    static byte[] opened(byte[] content, char[] passphrase, String what) throws SigningException {
        demandKnown(content, what);
        byte[] seed;
        try {
            seed = cipher(Cipher.DECRYPT_MODE, content, passphrase).doFinal(content, SEALED_AT, Pkcs8.SEED + TAG);
        } catch (AEADBadTagException e) {
            throw new SigningException(
                    Reason.WRONG_PASSPHRASE, "wrong passphrase for " + what + ", or the file was altered");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES-256-GCM", e);
        }
        if (!Arrays.equals(Ed25519Library.here().publicHalf(seed).raw(), Arrays.copyOfRange(content, 1, SALT_AT))) {
            Arrays.fill(seed, (byte) 0);
            throw new SigningException(Reason.NOT_A_KEY, what + " holds another key than it says");
        }
        return seed;
    }

    private static Cipher cipher(int mode, byte[] content, char[] passphrase)
            throws SigningException, GeneralSecurityException {
        var text = utf8(passphrase);
        var key = new byte[0];
        try {
            key = Argon2id.here().derive(text, Arrays.copyOfRange(content, SALT_AT, NONCE_AT), COST, KEY);
            var cipher = Cipher.getInstance("AES/GCM/NoPadding");
            var nonce = new GCMParameterSpec(8 * TAG, content, NONCE_AT, NONCE);
            cipher.init(mode, new SecretKeySpec(key, "AES"), nonce);
            cipher.updateAAD(content, 0, SEALED_AT);
            return cipher;
        } finally {
            Arrays.fill(key, (byte) 0);
            Arrays.fill(text, (byte) 0);
        }
    }

    private static byte[] utf8(char[] text) {
        var bytes = new byte[MOST_UTF8 * text.length];
        var to = ByteBuffer.wrap(bytes);
        UTF_8.newEncoder().onMalformedInput(CodingErrorAction.REPLACE).encode(CharBuffer.wrap(text), to, true);
        var out = Arrays.copyOf(bytes, to.position());
        Arrays.fill(bytes, (byte) 0);
        return out;
    }
}
