package dev.mvm.signing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.signing.SigningException.Reason;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.Arrays;

/// A signing key in a file of its own: PKCS #8 in PEM (RFC 7468), plain as `openssl genpkey -algorithm ed25519`
/// writes it or encrypted as [Pbes2] says, with the public half beside it as `NAME.pub`, 44 characters of Base64.
///
/// The key passes through the Java heap; operators who want more keep it in hardware.
public final class KeyFile {
    private static final int MAX_BYTES = 8192;
    private static final int ANY_ROUNDS = 1;

    private KeyFile() {}

    /// Makes a new key without a passphrase and writes both files, mode 0600 and 0644.
    ///
    /// @throws SigningException if a file of that name exists or cannot be written
    public static SigningKey create(Path file) throws SigningException {
        var seed = newSeed();
        return create(file, seed, new Pem(Pem.PLAIN, Pkcs8.of(seed)));
    }

    /// Makes a new key, encrypted, and writes both files, mode 0600 and 0644.
    ///
    /// @throws SigningException if a file of that name exists or cannot be written, or there is no passphrase
    public static SigningKey create(Path file, PassphraseSource passphrases) throws SigningException {
        if (Files.exists(file)) {
            throw thereAlready(file);
        }
        var seed = newSeed();
        return create(file, seed, encrypted(Pkcs8.of(seed), passphrases.newPassphrase("the new key " + file)));
    }

    private static byte[] newSeed() {
        var seed = new byte[Pkcs8.SEED];
        new SecureRandom().nextBytes(seed);
        return seed;
    }

    private static SigningKey create(Path file, byte[] seed, Pem pem) throws SigningException {
        var verifyKey = JdkLibrary.publicHalf(seed);
        try {
            SecretFile.write(file, pem.bytes(), "rw-------");
            writePublicHalf(publicHalf(file), verifyKey);
            return Ed25519Library.here().key(seed, verifyKey);
        } catch (FileAlreadyExistsException e) {
            throw thereAlready(file);
        } catch (IOException e) {
            throw new SigningException(Reason.NOT_WRITTEN, "the key cannot be written: " + file);
        } catch (SigningException e) {
            discard(file);
            throw e;
        } finally {
            Arrays.fill(seed, (byte) 0);
        }
    }

    private static void discard(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException _) { // it was ours a moment ago; that it stays harms nobody
        }
    }

    private static SigningException thereAlready(Path file) {
        return new SigningException(Reason.KEY_EXISTS, "a key is there already: " + file);
    }

    /// Reads a key. A file that others than its owner may read is refused.
    ///
    /// @throws SigningException if the file is missing, open to others, or holds no Ed25519 key; `WRONG_PASSPHRASE`
    public static SigningKey read(Path file, PassphraseSource passphrases) throws SigningException {
        var seed = seed(file, passphrases, Pbes2.LEAST_ROUNDS);
        try {
            return Ed25519Library.here().key(seed, JdkLibrary.publicHalf(seed));
        } finally {
            Arrays.fill(seed, (byte) 0);
        }
    }

    private static byte[] seed(Path file, PassphraseSource passphrases, int rounds) throws SigningException {
        var what = "the key " + file;
        var pem = pem(file, what);
        if (!pem.encrypted()) {
            return Pkcs8.seed(pem.content(), what);
        }
        var passphrase = passphrases.passphrase(what);
        var document = new byte[0];
        try {
            document = Pbes2.decrypted(pem.content(), passphrase, rounds, what);
            // one wrong passphrase in 256 leaves padding that looks right
            if (!Pkcs8.complete(document)) {
                throw new SigningException(Reason.WRONG_PASSPHRASE, "wrong passphrase for " + what);
            }
            return Pkcs8.seed(document, what);
        } finally {
            Arrays.fill(document, (byte) 0);
            Arrays.fill(passphrase, '\0');
        }
    }

    private static Pem pem(Path file, String what) throws SigningException {
        var text = SecretFile.read(file, "the key", MAX_BYTES);
        try {
            return Pem.parse(text);
        } catch (IllegalArgumentException e) {
            throw new SigningException(Reason.NOT_A_KEY, what + " is not a private key in PEM");
        } finally {
            Arrays.fill(text, (byte) 0);
        }
    }

    /// Encrypts a key anew, a plain one for the first time. The key stays the same; whoever reads the file finds the
    /// old one or the new one.
    ///
    /// @param old what opens it now, if it is encrypted; fewer rounds than [#read] wants are accepted
    public static void changePassphrase(Path file, PassphraseSource old, PassphraseSource next)
            throws SigningException {
        var seed = seed(file, old, ANY_ROUNDS);
        try {
            var pem = encrypted(Pkcs8.of(seed), next.newPassphrase("the key " + file + " from now on"));
            var made = file.resolveSibling(file.getFileName() + ".new");
            SecretFile.write(made, pem.bytes(), "rw-------");
            Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException e) {
            throw new SigningException(
                    Reason.NOT_WRITTEN, "something is in the way, from an attempt before: " + e.getFile());
        } catch (IOException e) {
            throw new SigningException(Reason.NOT_WRITTEN, "the key cannot be written: " + file);
        } finally {
            Arrays.fill(seed, (byte) 0);
        }
    }

    private static Pem encrypted(byte[] document, char[] passphrase) {
        try {
            return new Pem(Pem.ENCRYPTED, Pbes2.encrypted(document, passphrase));
        } finally {
            Arrays.fill(passphrase, '\0');
            Arrays.fill(document, (byte) 0);
        }
    }

    /// Writes a public key to a file that must not be there yet, as 44 characters of Base64 and a line feed.
    public static void writePublicHalf(Path file, VerifyKey key) throws SigningException {
        try {
            SecretFile.write(file, (key.base64() + "\n").getBytes(US_ASCII), "rw-r--r--");
        } catch (FileAlreadyExistsException e) {
            throw new SigningException(Reason.KEY_EXISTS, "a key is there already: " + file);
        } catch (IOException e) {
            throw new SigningException(Reason.NOT_WRITTEN, "the public key cannot be written: " + file);
        }
    }

    /// Where the public half of the key in `file` is kept.
    public static Path publicHalf(Path file) {
        return file.resolveSibling(file.getFileName() + ".pub");
    }
}
