package dev.mvm.cli;

import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import dev.mvm.protocol.trust.Revision;
import dev.mvm.protocol.trust.authoring.RevisionDocument;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A revision in a file, for grants of tests.
final class RevisionFile {
    private static final Digest SOME = Digest.of(new byte[0]);
    static final RevisionDocument DOCUMENT = new RevisionDocument(
            new Revision(Optional.empty(), new GuestRuntime(SOME, SOME)),
            new RevisionDocument.Source.Flake("path:demo", SOME),
            Optional.empty());

    private RevisionFile() {}

    static Path in(Path directory) {
        try {
            return Files.write(directory.resolve("revision.json"), DOCUMENT.bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
