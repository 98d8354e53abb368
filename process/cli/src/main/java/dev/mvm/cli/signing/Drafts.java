package dev.mvm.cli.signing;

import dev.mvm.cli.failure.Failure;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.authoring.Envelopes;
import java.nio.file.Path;

/// Documents before and while they are signed. `NAME` is the plain draft, `NAME.dsse` its signed form.
public final class Drafts {
    private static final String SIGNED = ".dsse";

    private Drafts() {}

    /// Parses the payload of an envelope.
    @FunctionalInterface
    public interface Reading {
        /// Returns the parsed payload.
        ///
        /// @throws RefusedException if the payload is not of the expected type
        Object of(Envelope envelope) throws RefusedException;
    }

    /// Opens the document in a file, signed or not; signatures are not verified.
    ///
    /// @throws Failure if the file cannot be read or its content is not a document of `type`
    public static Envelope open(Path file, DocumentType type, Reading reading) throws Failure {
        var content = DocumentFiles.read(file);
        try {
            var envelope = file.toString().endsWith(SIGNED)
                    ? Envelope.parse(content, type)
                    : Envelopes.unsigned(type, content);
            var _ = reading.of(envelope);
            return envelope;
        } catch (RefusedException e) {
            throw new Failure(file + ": " + e.getMessage());
        }
    }

    /// Adds a signature. The signed form of a plain file is written beside it; a signed file is replaced.
    ///
    /// @return the signed file
    /// @throws Failure if the file is not a document of `type` or the key cannot sign
    public static Path sign(Path file, DocumentType type, Reading reading, SigningKey key) throws Failure {
        var signed = DocumentFiles.sign(open(file, type, reading), key);
        if (file.toString().endsWith(SIGNED)) {
            DocumentFiles.replace(file, Envelopes.bytes(signed), FileVerification.signed(type, reading));
            return file;
        }
        var target = file.resolveSibling(file.getFileName() + SIGNED);
        DocumentFiles.write(target, Envelopes.bytes(signed), FileVerification.signed(type, reading));
        return target;
    }
}
