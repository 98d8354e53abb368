package dev.mvm.cli.transparency;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.model.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// A log in a directory: `head.dsse`, `state-INDEX.dsse` with twelve digits, `grant-HEX.dsse`.
public final class SavedLog implements LogSource {
    private final Path dir;

    private SavedLog(Path dir) {
        this.dir = dir;
    }

    /// Opens a saved log.
    ///
    /// @throws Failure if the directory does not exist
    public static SavedLog read(Path dir) throws Failure {
        if (!Files.isDirectory(dir)) {
            throw new Failure("no such directory: " + dir);
        }
        return new SavedLog(dir);
    }

    /// Opens a log for writing and creates its directory if absent. Saved states are not overwritten.
    public static SavedLog write(Path dir) throws Failure {
        try {
            return new SavedLog(Files.createDirectories(dir));
        } catch (IOException e) {
            throw new Failure("cannot create directory " + dir);
        }
    }

    private Path stateFile(long index) {
        return dir.resolve(String.format(Locale.ROOT, "state-%012d.dsse", index));
    }

    private Path grantFile(Digest digest) {
        return dir.resolve("grant-" + digest.hex() + ".dsse");
    }

    private static Optional<byte[]> content(Path file) throws Failure {
        return Files.exists(file) ? Optional.of(DocumentFiles.read(file)) : Optional.empty();
    }

    @Override
    public Optional<byte[]> head() throws Failure {
        return content(dir.resolve("head.dsse"));
    }

    @Override
    public Optional<byte[]> state(long index) throws Failure {
        return content(stateFile(index));
    }

    @Override
    public Optional<byte[]> grant(Digest digest) throws Failure {
        return content(grantFile(digest));
    }

    void addState(long index, byte[] envelope) throws Failure {
        DocumentFiles.write(stateFile(index), envelope, FileVerification.none());
    }

    void addGrant(Digest digest, byte[] envelope) throws Failure {
        DocumentFiles.write(grantFile(digest), envelope, FileVerification.none());
    }

    void replaceHead(byte[] envelope) throws Failure {
        DocumentFiles.replace(dir.resolve("head.dsse"), envelope, FileVerification.none());
    }
}
