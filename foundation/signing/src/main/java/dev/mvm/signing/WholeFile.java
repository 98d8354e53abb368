package dev.mvm.signing;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.Serial;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;

/// Files that people rely on. One appears whole or not at all, and only after it was synced, read again, and opened by
/// the means that will open it later: what is written wrongly never takes the place of what was right.
public final class WholeFile {
    private WholeFile() {}

    /// Opens a file that was just written.
    @FunctionalInterface
    public interface Check<X extends Exception> {
        /// Opens it.
        ///
        /// @throws X if it does not open, or says something else than what was meant
        void on(Path written) throws X;
    }

    /// A file belongs to another user than the one who would replace it.
    public static final class ForeignFileException extends FileSystemException {
        @Serial
        private static final long serialVersionUID = 1L;

        private final String owner;

        ForeignFileException(Path file, String owner) {
            super(file.toString(), null, "it belongs to " + owner);
            this.owner = owner;
        }

        /// The user's name, or number if it has none.
        public String owner() {
            return owner;
        }
    }

    /// Where a file is written before it takes its place.
    public static Path beside(Path file) {
        return file.resolveSibling(file.getFileName() + ".new");
    }

    /// Writes a file that must not be there yet.
    ///
    /// @param mode as ls(1) prints it, for instance `rw-------`
    /// @throws FileAlreadyExistsException for `file`, or for what is in the way beside it
    public static <X extends Exception> void create(Path file, byte[] content, String mode, Check<X> check)
            throws IOException, X {
        if (Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        var written = beside(file);
        write(written, content, mode);
        try {
            readBack(written, content);
            check.on(written);
            name(written, file);
        } finally {
            Files.deleteIfExists(written);
        }
        sync(file);
    }

    /// Gives a file that was written [#beside] its place its name, which nothing may have yet. For what is too large to
    /// hold: who writes it says in the check that it is what was written.
    ///
    /// @throws FileAlreadyExistsException for `file`
    public static <X extends Exception> void adopt(Path file, Check<X> check) throws IOException, X {
        var written = beside(file);
        try {
            try (var channel = FileChannel.open(written, WRITE)) {
                channel.force(true);
            }
            check.on(written);
            name(written, file);
        } finally {
            Files.deleteIfExists(written);
        }
        sync(file);
    }

    /// Replaces the content of a file, or makes it: who reads it finds the old content or the new one. Of two who
    /// replace
    /// it at the same time one is refused.
    ///
    /// @param mode as ls(1) prints it, for instance `rw-------`
    /// @throws FileAlreadyExistsException for what is in the way beside it
    /// @throws ForeignFileException if the file belongs to another user, root or not
    public static <X extends Exception> void replace(Path file, byte[] content, String mode, Check<X> check)
            throws IOException, X {
        var written = beside(file);
        write(written, content, mode);
        try {
            readBack(written, content);
            check.on(written);
            requireOwner(file, written);
            Files.move(written, file, ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(written);
        }
        sync(file);
    }

    /// Gives a file its name. rename(2) would replace a file that has come into being since; link(2) never does. A file
    /// system without links, as on most USB sticks, has the name taken first.
    private static void name(Path written, Path file) throws IOException {
        try {
            Files.createLink(file, written);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (FileSystemException | UnsupportedOperationException e) {
            Files.createFile(file);
            Files.move(written, file, ATOMIC_MOVE);
        }
    }

    /// Refuses to take a file away from its owner. Root could give the new one to the owner of the old one, but the
    /// owner
    /// of the directory may put a link there in between, and would be given what that names.
    private static void requireOwner(Path file, Path written) throws IOException {
        if (Files.exists(file, NOFOLLOW_LINKS)) {
            var owner = Files.getOwner(file, NOFOLLOW_LINKS);
            if (!owner.equals(Files.getOwner(written, NOFOLLOW_LINKS))) {
                throw new ForeignFileException(file, owner.getName());
            }
        }
    }

    private static void readBack(Path written, byte[] content) throws IOException {
        byte[] found;
        try (var in = Files.newInputStream(written)) {
            found = in.readNBytes(content.length + 1);
        }
        boolean same = Arrays.equals(found, content);
        Arrays.fill(found, (byte) 0);
        if (!same) {
            throw new IOException("the disk gives back something else than was written");
        }
    }

    private static void write(Path file, byte[] content, String mode) throws IOException {
        var open = Set.of(CREATE_NEW, WRITE);
        var attributes = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode));
        try (var channel = FileChannel.open(file, open, attributes)) {
            try {
                var bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            } catch (IOException e) {
                Files.deleteIfExists(file); // it is ours: a full disk leaves nothing in the way of the next attempt
                throw e;
            }
        }
    }

    private static void sync(Path file) throws IOException {
        var directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            try (var channel = FileChannel.open(directory, READ)) {
                channel.force(true);
            }
        }
    }
}
