package dev.mvm.cli.signing;

import dev.mvm.cli.failure.Failure;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.authoring.Envelopes;
import java.nio.file.Path;

/// Documents on their way from a plain file to one that enough people have signed. `NAME.dsse` is the signed form
/// of `NAME`.
public final class Drafts {
    private static final String SIGNED = ".dsse";

    private Drafts() {}

    /// Says whether an envelope holds what it should.
    @FunctionalInterface
    public interface Reading {
        /// Reads it.
        ///
        /// @throws RefusedException if it is something else
        Object of(Envelope envelope) throws RefusedException;
    }

    /// The document in a file, signed or not.
    ///
    /// @throws Failure if the file cannot be read or is no document of `type`
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

    /// Adds a signature: a plain file gets a signed one beside it, a signed file is replaced.
    ///
    /// @return the signed file
    /// @throws Failure if the file is no document of `type`, or the key cannot sign
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
