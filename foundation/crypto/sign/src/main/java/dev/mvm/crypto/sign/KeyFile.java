package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.crypto.sign.SigningException.Reason;
import dev.mvm.crypto.verify.VerifyKey;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/// A signing key in a file of its own, in PEM (RFC 7468): plain as `openssl genpkey -algorithm ed25519` writes it or
/// encrypted as [SealedSeed] says, with the public half beside it as `NAME.pub`, 44 characters of Base64. Files that
/// are encrypted as [Pbes2] says, by openssl or by mvm before, are read as well.
///
/// The key passes through the Java heap, where each array that held it is wiped, and stays in [HeldSeed]. What a
/// collector has copied meanwhile, it may leave there; operators who want more keep it in hardware.
public final class KeyFile {
    private static final String PRIVATE = "rw-------";
    private static final String PUBLIC = "rw-r--r--";
    private static final int PUBLIC_BYTES = 64; // more than a public half has

    private KeyFile() {}

    /// The label of a file: the hash that it names.
    public enum Label {
        /// The truth, or the key is plain.
        RIGHT,
        /// HMAC-SHA-1, in a file that was encrypted with HMAC-SHA-256 by us on a JDK with a fault.
        WRONG
    }

    /// Encrypts a seed. Tests put a faulty one in its place.
    @FunctionalInterface
    interface Encryption {
        Pem of(byte[] seed, char[] passphrase) throws SigningException;
    }

    /// Makes a new key without a passphrase and writes both files, mode 0600 and 0644.
    ///
    /// @throws SigningException if a file of that name exists or cannot be written
    public static SigningKey create(Path file) throws SigningException {
        var seed = newSeed();
        try {
            return create(file, seed, new Pem(Pem.PLAIN, Pkcs8.of(seed)), new char[0]);
        } finally {
            Arrays.fill(seed, (byte) 0);
        }
    }

    /// Makes a new key, encrypted, and writes both files, mode 0600 and 0644.
    ///
    /// @throws SigningException if a file of that name exists or cannot be written, or there is no passphrase
    public static SigningKey create(Path file, PassphraseSource passphrases) throws SigningException {
        return create(file, passphrases, SealedSeed::sealed);
    }

    static SigningKey create(Path file, PassphraseSource passphrases, Encryption encryption) throws SigningException {
        if (Files.exists(file)) {
            throw thereAlready(file);
        }
        var passphrase = passphrases.newPassphrase("the new key " + file);
        var seed = newSeed();
        try {
            return create(file, seed, encryption.of(seed, passphrase), passphrase);
        } finally {
            Arrays.fill(seed, (byte) 0);
            Arrays.fill(passphrase, '\0');
        }
    }

    static byte[] newSeed() {
        var seed = new byte[Pkcs8.SEED];
        new SecureRandom().nextBytes(seed);
        return seed;
    }

    private static SigningKey create(Path file, byte[] seed, Pem pem, char[] passphrase) throws SigningException {
        var library = Ed25519Library.here();
        var verifyKey = library.publicHalf(seed);
        try {
            WholeFile.create(file, pem.bytes(), PRIVATE, written -> readBack(written, file, seed, passphrase));
            publish(file, verifyKey);
            return library.key(seed, verifyKey);
        } catch (FileAlreadyExistsException e) {
            throw inTheWay(e, file);
        } catch (WholeFile.NotSyncedException e) {
            throw new SigningException(Reason.NOT_SYNCED, "the new key " + e.getMessage());
        } catch (IOException e) {
            throw new SigningException(Reason.NOT_WRITTEN, "the key cannot be written: " + file);
        }
    }

    /// A key without its public half beside it is taken back.
    private static void publish(Path file, VerifyKey verifyKey) throws SigningException {
        try {
            writePublicHalf(publicHalf(file), verifyKey);
        } catch (SigningException e) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException _) { // it was ours a moment ago; that it stays harms nobody
            }
            throw e;
        }
    }

    /// Opens what was written by the means that will open it later, before it takes its place.
    private static void readBack(Path written, Path file, byte[] seed, char[] passphrase) throws SigningException {
        var found = new byte[0];
        var library = Ed25519Library.here();
        try {
            found = OpenedKey.read(written, known(passphrase), true).seed();
            if (MessageDigest.isEqual(found, seed) && library.publicHalf(found).equals(library.publicHalf(seed))) {
                return;
            }
        } catch (SigningException e) {
            if (e.reason() == Reason.EXPOSED || e.reason() == Reason.NO_KEY || e.reason() == Reason.NO_LIBRARY) {
                throw e; // the file system's doing, not the encryption's
            }
        } finally {
            Arrays.fill(found, (byte) 0);
        }
        throw new SigningException(
                Reason.NOT_WRITTEN,
                "the key was encrypted wrongly and does not open again, so nothing is changed (is this JDK sound?): "
                        + file);
    }

    private static PassphraseSource known(char[] passphrase) {
        return new PassphraseSource() {
            @Override
            public char[] passphrase(String what) {
                return passphrase.clone();
            }

            @Override
            public char[] newPassphrase(String what) {
                return passphrase.clone();
            }
        };
    }

    private static SigningException thereAlready(Path file) {
        return new SigningException(Reason.KEY_EXISTS, "a key exists already: " + file);
    }

    private static SigningException inTheWay(FileAlreadyExistsException e, Path file) {
        return file.toString().equals(e.getFile())
                ? thereAlready(file)
                : new SigningException(
                        Reason.NOT_WRITTEN, "something is in the way, from an attempt before: " + e.getFile());
    }

    /// Reads a key. A file that others than its owner may read is refused.
    ///
    /// @throws SigningException if the file is missing, open to others, labelled wrongly, or holds no Ed25519 key;
    ///     `WRONG_PASSPHRASE`
    public static SigningKey read(Path file, PassphraseSource passphrases) throws SigningException {
        var seed = OpenedKey.read(file, passphrases, true).seed();
        try {
            var library = Ed25519Library.here();
            var verifyKey = library.publicHalf(seed);
            demandPublicHalf(file, verifyKey);
            return library.key(seed, verifyKey);
        } finally {
            Arrays.fill(seed, (byte) 0);
        }
    }

    /// Refuses a key that is another one than the file beside it says: one of the two was exchanged. A key without such
    /// a file is as good.
    private static void demandPublicHalf(Path file, VerifyKey verifyKey) throws SigningException {
        var beside = publicHalf(file);
        if (!Files.exists(beside)) {
            return;
        }
        try (var in = Files.newInputStream(beside)) {
            var text = new String(in.readNBytes(PUBLIC_BYTES), US_ASCII).strip();
            if (VerifyKey.ofBase64(text).equals(verifyKey)) {
                return;
            }
        } catch (IOException | IllegalArgumentException _) { // says the same as another key
        }
        throw new SigningException(
                Reason.OTHER_PUBLIC_HALF,
                "the key " + file + " is " + verifyKey.id() + ", and " + beside
                        + " is not its public half: find out which of the two was exchanged");
    }

    /// Reads how a file is labelled, without its passphrase.
    ///
    /// @throws SigningException as [#read], but for what a passphrase shows
    public static Label label(Path file) throws SigningException {
        var what = "the key " + file;
        var pem = OpenedKey.pem(file);
        try {
            if (pem.sealed()) {
                SealedSeed.demandKnown(pem.content(), what);
            }
            return !pem.plain()
                            && !pem.sealed()
                            && Pbes2.parsed(pem.content(), OpenedKey.ANY_ROUNDS, true, what)
                                    .mislabelled()
                    ? Label.WRONG
                    : Label.RIGHT;
        } finally {
            pem.wipe();
        }
    }

    /// Encrypts a key anew, a plain one for the first time. The key stays the same; a reader finds the old file or
    /// the new one. A wrong label is put right.
    ///
    /// @param old source of the present passphrase of an encrypted key; fewer rounds than [#read] wants are
    /// accepted
    /// @return the label before the change
    public static Label changePassphrase(Path file, PassphraseSource old, PassphraseSource next)
            throws SigningException {
        return changePassphrase(file, old, next, SealedSeed::sealed);
    }

    static Label changePassphrase(Path file, PassphraseSource old, PassphraseSource next, Encryption encryption)
            throws SigningException {
        var text = SecretFile.read(file, "the key", OpenedKey.MAX_BYTES);
        try {
            return changePassphrase(file, text, old, next, encryption);
        } finally {
            Arrays.fill(text, (byte) 0);
        }
    }

    private static Label changePassphrase(
            Path file, byte[] text, PassphraseSource old, PassphraseSource next, Encryption encryption)
            throws SigningException {
        var before = OpenedKey.of(file, text, old, false);
        var passphrase = new char[0];
        try {
            demandPublicHalf(file, Ed25519Library.here().publicHalf(before.seed()));
            passphrase = next.newPassphrase("the key " + file + " from now on");
            var content = encryption.of(before.seed(), passphrase).bytes();
            char[] known = passphrase;
            WholeFile.replaceOwn(
                    file, text, content, PRIVATE, written -> readBack(written, file, before.seed(), known));
            return before.label();
        } catch (FileAlreadyExistsException e) {
            throw inTheWay(e, file);
        } catch (WholeFile.NotSyncedException e) {
            throw new SigningException(Reason.NOT_SYNCED, "the key has its new passphrase: " + e.getMessage());
        } catch (WholeFile.ForeignFileException e) {
            throw new SigningException(
                    Reason.NOT_WRITTEN,
                    "the key " + file + " belongs to " + e.owner() + ", who alone may replace it: runuser -u "
                            + e.owner() + " -- mvm signing-key passphrase " + file);
        } catch (IOException e) {
            throw new SigningException(Reason.NOT_WRITTEN, "the key cannot be written: " + file);
        } finally {
            Arrays.fill(before.seed(), (byte) 0);
            Arrays.fill(passphrase, '\0');
        }
    }

    /// Writes a public key to a file that must not be there yet, as 44 characters of Base64 and a line feed.
    public static void writePublicHalf(Path file, VerifyKey key) throws SigningException {
        try {
            WholeFile.create(file, (key.base64() + "\n").getBytes(US_ASCII), PUBLIC, written -> {
                var found =
                        VerifyKey.ofBase64(Files.readString(written, US_ASCII).strip());
                if (!found.equals(key)) {
                    throw new IOException("another key");
                }
            });
        } catch (FileAlreadyExistsException e) {
            throw inTheWay(e, file);
        } catch (IOException | IllegalArgumentException e) {
            throw new SigningException(Reason.NOT_WRITTEN, "the public key cannot be written: " + file);
        }
    }

    /// Returns the path of the public half of the key in `file`.
    public static Path publicHalf(Path file) {
        return file.resolveSibling(file.getFileName() + ".pub");
    }
}
