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
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.Measurements;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.Tombstone;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Reads and writes signed documents and keys as plain files.
public final class DocumentFiles {
    /// Mode of new files, before the umask.
    private static final String MODE = "rw-rw-rw-";

    private DocumentFiles() {}

    /// Reads a file.
    ///
    /// @throws Failure if the file is missing, unreadable or larger than any document
    public static byte[] read(Path file) throws Failure {
        try {
            if (Files.size(file) > DocumentType.NODE_STATE.maxEnvelopeBytes()) {
                throw new Failure("too large for a signed document: " + file);
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new Failure("no such file: " + file);
        } catch (IOException e) {
            throw new Failure("cannot read " + file);
        }
    }

    /// Writes a new file. The file gets its name after `opening` has accepted what was written.
    ///
    /// @throws Failure if the file exists or cannot be written, or if `opening` refuses it
    public static void write(Path file, byte[] content, FileVerification opening) throws Failure {
        try {
            WholeFile.create(file, content, MODE, written -> open(written, file, opening));
        } catch (FileAlreadyExistsException e) {
            throw new Failure("file exists, not overwritten: " + e.getFile());
        } catch (WholeFile.NotSyncedException e) {
            throw new Failure(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new Failure("cannot write " + file);
        }
    }

    /// Replaces a file atomically, after `opening` has accepted what was written.
    ///
    /// @throws Failure if the file cannot be written, or if `opening` refuses it
    public static void replace(Path file, byte[] content, FileVerification opening) throws Failure {
        try {
            WholeFile.replace(file, content, MODE, written -> open(written, file, opening));
        } catch (WholeFile.NotSyncedException e) {
            throw new Failure(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new Failure("cannot write " + file);
        }
    }

    private static void open(Path written, Path file, FileVerification opening) throws Failure {
        try {
            opening.of(Files.readAllBytes(written));
        } catch (RefusedException | IllegalArgumentException | IOException e) {
            throw new Failure(
                    "cannot read back what was written, nothing is changed: " + file + " (" + e.getMessage() + ")");
        }
    }

    /// Returns the trust root in an envelope; signatures are not verified.
    ///
    /// @throws Failure if the payload is not a trust root
    public static TrustRoot root(Envelope envelope) throws Failure {
        try {
            return Payloads.root(envelope);
        } catch (RefusedException e) {
            throw new Failure("not a trust root: " + e.getMessage());
        }
    }

    /// Returns the grant in an envelope; signatures are not verified.
    ///
    /// @throws Failure if the payload is not a grant
    public static GrantDocument grant(Envelope envelope) throws Failure {
        try {
            return Payloads.grant(envelope);
        } catch (RefusedException e) {
            throw new Failure("not a grant: " + e.getMessage());
        }
    }

    /// Returns the node document in an envelope; signatures are not verified.
    ///
    /// @throws Failure if the payload is not a node document
    public static NodeDocument node(Envelope envelope) throws Failure {
        try {
            return Payloads.node(envelope);
        } catch (RefusedException e) {
            throw new Failure("not a node document: " + e.getMessage());
        }
    }

    /// Returns the tombstone in an envelope; signatures are not verified.
    ///
    /// @throws Failure if the payload is not a tombstone
    public static Tombstone tombstone(Envelope envelope) throws Failure {
        try {
            return Payloads.tombstone(envelope);
        } catch (RefusedException e) {
            throw new Failure("not a tombstone: " + e.getMessage());
        }
    }

    /// Returns the list of measurements in an envelope; signatures are not verified.
    ///
    /// @throws Failure if the payload is not such a list
    public static Measurements measurements(Envelope envelope) throws Failure {
        try {
            return Payloads.measurements(envelope);
        } catch (RefusedException e) {
            throw new Failure("not a list of measurements: " + e.getMessage());
        }
    }

    /// Opens a signing key in a file, a token or Vault.
    ///
    /// @param reference file, `pkcs11:` URI or `transit:` name, as [SigningKeys] parses it
    public static SigningKey key(String reference) throws Failure {
        try {
            return SigningKeys.open(reference, Passphrases.of(Passphrases.FILE));
        } catch (SigningException e) {
            throw failure(e);
        }
    }

    /// Creates a signing key, not encrypted, in a new file.
    public static SigningKey newKey(Path file) throws Failure {
        try {
            return KeyFile.create(file);
        } catch (SigningException e) {
            throw failure(e);
        }
    }

    /// Creates a signing key, encrypted, in a new file.
    public static SigningKey newEncryptedKey(Path file) throws Failure {
        try {
            return KeyFile.create(file, Passphrases.of(Passphrases.FILE));
        } catch (SigningException e) {
            throw failure(e);
        }
    }

    /// Encrypts the key in a file under a new passphrase.
    ///
    /// @return the label of the file before
    public static KeyFile.Label changePassphrase(Path file) throws Failure {
        try {
            return KeyFile.changePassphrase(
                    file, Passphrases.of(Passphrases.FILE), Passphrases.of(Passphrases.NEW_FILE));
        } catch (SigningException e) {
            throw failure(e);
        }
    }

    /// Reads the label of a key file, without its passphrase.
    public static KeyFile.Label keyLabel(Path file) throws Failure {
        try {
            return KeyFile.label(file);
        } catch (SigningException e) {
            throw failure(e);
        }
    }

    /// Writes a public key to a new file, in the format of [#publicKey].
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

    /// Reads a public key from a file such as `NAME.pub` beside a signing key.
    public static VerifyKey publicKey(Path file) throws Failure {
        try {
            return VerifyKey.ofBase64(new String(read(file), US_ASCII).strip());
        } catch (IllegalArgumentException e) {
            throw new Failure("not a public key (expected 44 characters of Base64): " + file);
        }
    }

    /// Returns `envelope` with one more signature.
    public static Envelope sign(Envelope envelope, SigningKey key) throws Failure {
        try {
            return Envelopes.signed(
                    envelope, new Envelope.Signature(key.verifyKey().id(), Bytes.of(key.sign(envelope.signedBytes()))));
        } catch (SigningException e) {
            throw failure(e);
        }
    }
}
