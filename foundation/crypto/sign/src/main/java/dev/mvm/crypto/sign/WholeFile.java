package dev.mvm.crypto.sign;

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
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;

/// Files that people rely on. One appears whole or not at all, and only after it was synced, read again, and opened
/// by the means that will open it later: what is written wrongly never takes the place of what was right.
public final class WholeFile {
    /// Errors of link(2) on a file system without hard links: EPERM, EOPNOTSUPP.
    private static final Set<String> NO_LINKS = Set.of("Operation not permitted", "Operation not supported");

    private static final int NAME_BYTES = 8;

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

    /// The file is in its place, and its directory could not be synced: after a power cut it may be the old one
    /// again.
    public static final class NotSyncedException extends IOException {
        @Serial
        private static final long serialVersionUID = 1L;

        NotSyncedException(Path file, IOException cause) {
            super(file + " is in its place, but its directory cannot be synced to the disk", cause);
        }
    }

    /// Makes a directory, and those above it that are missing. Each name is synced, so that a power cut does not take a
    /// directory away in which files were synced.
    ///
    /// @param mode of what is made, as ls(1) prints it, for instance `rwx------`
    public static void createDirectories(Path directory, String mode) throws IOException {
        var path = directory.toAbsolutePath();
        var parent = path.getParent();
        if (Files.isDirectory(path) || parent == null) {
            return;
        }
        createDirectories(parent, mode);
        try (var above = directory(path)) {
            Files.createDirectory(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)));
            sync(above, path);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(path)) {
                throw e;
            }
        }
    }

    /// Makes an unused name beside a file, under which the file is written first.
    public static Path unfinished(Path file) {
        var random = new byte[NAME_BYTES];
        new SecureRandom().nextBytes(random);
        return file.resolveSibling(
                "." + file.getFileName() + "." + HexFormat.of().formatHex(random));
    }

    /// Writes a file that must not be there yet.
    ///
    /// @param mode as ls(1) prints it, for instance `rw-------`
    /// @throws FileAlreadyExistsException for `file`
    /// @throws NotSyncedException if the file is there nevertheless
    public static <X extends Exception> void create(Path file, byte[] content, String mode, Check<X> check)
            throws IOException, X {
        requireAbsent(file);
        var written = unfinished(file);
        try (var directory = directory(file)) {
            try {
                write(written, content, mode);
                readBack(written, content);
                check.on(written);
                name(written, file, Files::createLink);
            } finally {
                Files.deleteIfExists(written);
            }
            sync(directory, file);
        }
    }

    /// Gives a file that was written at an [#unfinished] name its own, which nothing may have yet. For what is
    /// too large to hold: who writes it says in the check that it is what was written.
    ///
    /// @throws FileAlreadyExistsException for `file`
    /// @throws NotSyncedException if the file is there nevertheless
    public static <X extends Exception> void adopt(Path written, Path file, Check<X> check) throws IOException, X {
        try (var directory = directory(file)) {
            try {
                try (var channel = FileChannel.open(written, WRITE)) {
                    channel.force(true);
                }
                check.on(written);
                name(written, file, Files::createLink);
            } finally {
                Files.deleteIfExists(written);
            }
            sync(directory, file);
        }
    }

    /// Replaces the content of a file, or makes it: who reads it finds the old content or the new one. Of two
    /// who replace it at the same time the last one counts.
    ///
    /// @param mode as ls(1) prints it, for instance `rw-------`
    /// @throws NotSyncedException if the file is there nevertheless
    public static <X extends Exception> void replace(Path file, byte[] content, String mode, Check<X> check)
            throws IOException, X {
        var written = unfinished(file);
        try (var directory = directory(file)) {
            try {
                write(written, content, mode);
                readBack(written, content);
                check.on(written);
                Files.move(written, file, ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(written);
            }
            sync(directory, file);
        }
    }

    /// Temporary file of [#replaceOwn], for one writer at a time.
    public static Path beside(Path file) {
        return file.resolveSibling(file.getFileName() + ".new");
    }

    /// Replaces a file that has secrets of its owner in it. A symbolic link stays, and the file that it names
    /// is replaced. If two processes replace it at the same time, one is refused.
    ///
    /// @param before content of the file, on which the new content rests
    /// @param mode as ls(1) prints it, for instance `rw-------`
    /// @throws FileAlreadyExistsException for what is in the way [#beside] it
    /// @throws ForeignFileException if the file belongs to another user; root is refused as well
    /// @throws NotSyncedException if the new content is there nevertheless
    public static <X extends Exception> void replaceOwn(
            Path file, byte[] before, byte[] content, String mode, Check<X> check) throws IOException, X {
        var real = file.toRealPath();
        var written = beside(real);
        try (var directory = directory(real)) {
            write(written, content, mode);
            boolean placed = false;
            try {
                readBack(written, content);
                check.on(written);
                requireOwner(real, written);
                requireSame(real, before);
                Files.move(written, real, ATOMIC_MOVE);
                placed = true; // from here on somebody else may have the name beside it
            } finally {
                if (!placed) {
                    Files.deleteIfExists(written);
                }
            }
            sync(directory, real);
        }
    }

    private static void requireAbsent(Path file) throws FileAlreadyExistsException {
        if (Files.exists(file, NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(file.toString());
        }
    }

    /// link(2), or what takes its place in a test.
    @FunctionalInterface
    interface Linker {
        void link(Path name, Path existing) throws IOException;
    }

    /// Gives a file its name. rename(2) would replace a file that has come into being since; link(2) never does. A
    /// file system without links, as on most USB sticks, has the name taken first.
    static void name(Path written, Path file, Linker linker) throws IOException {
        try {
            linker.link(file, written);
            return;
        } catch (UnsupportedOperationException _) { // no links here
        } catch (FileSystemException e) {
            if (!NO_LINKS.contains(String.valueOf(e.getReason()))) {
                throw e;
            }
        }
        Files.createFile(file);
        try {
            Files.move(written, file, ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(file); // the empty one that was just made
            throw e;
        }
    }

    /// Refuses to take a file away from its owner. Root could give the new one to the owner of the old one, but
    /// the owner of the directory may put a link there in between, and would be given what that names.
    private static void requireOwner(Path file, Path written) throws IOException {
        var owner = Files.getOwner(file, NOFOLLOW_LINKS);
        if (!owner.equals(Files.getOwner(written, NOFOLLOW_LINKS))) {
            throw new ForeignFileException(file, owner.getName());
        }
    }

    private static void requireSame(Path file, byte[] before) throws IOException {
        if (!holds(file, before)) {
            throw new FileSystemException(file.toString(), null, "somebody has replaced it meanwhile");
        }
    }

    private static void readBack(Path written, byte[] content) throws IOException {
        if (!holds(written, content)) {
            throw new IOException("the disk gives back something else than was written");
        }
    }

    private static boolean holds(Path file, byte[] content) throws IOException {
        byte[] found;
        try (var in = Files.newInputStream(file)) {
            found = in.readNBytes(content.length + 1);
        }
        boolean same = Arrays.equals(found, content);
        Arrays.fill(found, (byte) 0);
        return same;
    }

    private static void write(Path file, byte[] content, String mode) throws IOException {
        var open = Set.of(CREATE_NEW, WRITE);
        var attributes = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode));
        var channel = FileChannel.open(file, open, attributes);
        try (channel) {
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

    /// Opens the directory before anything is written, so that one that cannot be opened is noticed in time.
    private static FileChannel directory(Path file) throws IOException {
        var directory = file.toAbsolutePath().getParent();
        return FileChannel.open(directory == null ? file.toAbsolutePath() : directory, READ);
    }

    private static void sync(FileChannel directory, Path file) throws NotSyncedException {
        try {
            directory.force(true);
        } catch (IOException e) {
            throw new NotSyncedException(file, e);
        }
    }
}
