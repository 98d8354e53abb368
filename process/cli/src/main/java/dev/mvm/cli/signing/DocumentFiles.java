package dev.mvm.cli.signing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.cli.failure.Failure;
import dev.mvm.crypto.sign.KeyFile;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.sign.SigningKeys;
import dev.mvm.crypto.sign.WholeFile;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Signed documents as plain files.
public final class DocumentFiles {
    /// Mode of new files, from which the umask takes its bits.
    private static final String MODE = "rw-rw-rw-";

    private DocumentFiles() {}

    /// The content of a file that a person named.
    public static byte[] read(Path file) throws Failure {
        try {
            if (Files.size(file) > DocumentType.NODE_STATE.maxEnvelopeBytes()) {
                throw new Failure("too large for a signed document: " + file);
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new Failure("no such file: " + file);
        } catch (IOException e) {
            throw new Failure("cannot be read: " + file);
        }
    }

    /// Writes a file that must not be there yet. It gets its name once it was opened again.
    public static void write(Path file, byte[] content, FileVerification opening) throws Failure {
        try {
            WholeFile.create(file, content, MODE, written -> open(written, file, opening));
        } catch (FileAlreadyExistsException e) {
            throw new Failure("there already, and not overwritten: " + e.getFile());
        } catch (WholeFile.NotSyncedException e) {
            throw new Failure(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new Failure("cannot be written: " + file);
        }
    }

    /// Replaces a file as a whole, once it was opened again: who reads it finds the old one or the new one.
    public static void replace(Path file, byte[] content, FileVerification opening) throws Failure {
        try {
            WholeFile.replace(file, content, MODE, written -> open(written, file, opening));
        } catch (WholeFile.NotSyncedException e) {
            throw new Failure(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new Failure("cannot be written: " + file);
        }
    }

    private static void open(Path written, Path file, FileVerification opening) throws Failure {
        try {
            opening.of(Files.readAllBytes(written));
        } catch (RefusedException | IllegalArgumentException | IOException e) {
            throw new Failure("does not open again as it was written, so nothing is changed: " + file + " ("
                    + e.getMessage() + ")");
        }
    }

    /// What an envelope says that has been looked at.
    public static TrustRoot root(Envelope envelope) throws Failure {
        try {
            return Payloads.root(envelope);
        } catch (RefusedException e) {
            throw new Failure("not a trust root: " + e.getMessage());
        }
    }

    /// A grant that has been looked at.
    public static Grant grant(Envelope envelope) throws Failure {
        try {
            return Payloads.grant(envelope);
        } catch (RefusedException e) {
            throw new Failure("not a grant: " + e.getMessage());
        }
    }

    /// A signing key, wherever it lives.
    ///
    /// @param reference as [SigningKeys] reads it
    public static SigningKey key(String reference) throws Failure {
        try {
            return SigningKeys.open(reference, Passphrases.of(Passphrases.FILE));
        } catch (SigningException e) {
            throw failure(e);
        }
    }

    /// A new signing key, not encrypted, in a file that must not be there yet.
    public static SigningKey newKey(Path file) throws Failure {
        try {
            return KeyFile.create(file);
        } catch (SigningException e) {
            throw failure(e);
        }
    }

    /// A new signing key, encrypted, in a file that must not be there yet.
    public static SigningKey newEncryptedKey(Path file) throws Failure {
        try {
            return KeyFile.create(file, Passphrases.of(Passphrases.FILE));
        } catch (SigningException e) {
            throw failure(e);
        }
    }

    /// Encrypts the key in a file anew.
    ///
    /// @return how it was labelled before
    public static KeyFile.Label changePassphrase(Path file) throws Failure {
        try {
            return KeyFile.changePassphrase(
                    file, Passphrases.of(Passphrases.FILE), Passphrases.of(Passphrases.NEW_FILE));
        } catch (SigningException e) {
            throw failure(e);
        }
    }

    /// Reads how a key file is labelled, without its passphrase.
    public static KeyFile.Label keyLabel(Path file) throws Failure {
        try {
            return KeyFile.label(file);
        } catch (SigningException e) {
            throw failure(e);
        }
    }

    /// Writes a public key to a file that must not be there yet, as [#publicKey] reads it.
    public static void writePublicKey(Path file, VerifyKey key) throws Failure {
        try {
            KeyFile.writePublicHalf(file, key);
        } catch (SigningException e) {
            throw failure(e);
        }
    }

    private static Failure failure(SigningException e) {
        return new Failure(e.getMessage() + " (" + e.reason().code() + ")");
    }

    /// A public key in a file, as `NAME.pub` beside a signing key.
    public static VerifyKey publicKey(Path file) throws Failure {
        try {
            return VerifyKey.ofBase64(new String(read(file), US_ASCII).strip());
        } catch (IllegalArgumentException e) {
            throw new Failure("not a public key (want 44 characters of Base64): " + file);
        }
    }

    /// `envelope` with one more signature.
    public static Envelope sign(Envelope envelope, SigningKey key) throws Failure {
        try {
            return Envelopes.signed(
                    envelope, new Envelope.Signature(key.verifyKey().id(), Bytes.of(key.sign(envelope.signedBytes()))));
        } catch (SigningException e) {
            throw failure(e);
        }
    }
}
