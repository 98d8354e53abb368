package dev.mvm.cli.signing;

import dev.mvm.cli.failure.Failure;
import dev.mvm.json.JsonException;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.authoring.RevisionDocument;
import java.nio.file.Path;

/// Reads and writes revisions as plain files.
public final class RevisionFiles {
    private RevisionFiles() {}

    /// Reads a revision.
    ///
    /// @throws Failure if the file cannot be read, or is no revision
    public static RevisionDocument read(Path file) throws Failure {
        try {
            return RevisionDocument.read(DocumentFiles.read(file));
        } catch (JsonException e) {
            throw new Failure("not a revision: " + file + " (" + e.getMessage() + "); mvm revision make writes one");
        }
    }

    /// Writes a revision to a new file.
    ///
    /// @throws Failure if the file exists or cannot be written
    public static void write(Path file, RevisionDocument revision) throws Failure {
        DocumentFiles.write(file, revision.bytes(), content -> {
            try {
                var _ = RevisionDocument.read(content);
            } catch (JsonException e) {
                throw new RefusedException(DocumentReason.MALFORMED, e.getMessage());
            }
        });
    }
}
