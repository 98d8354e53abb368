package dev.mvm.coordinator.pki;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.mvm.crypto.sign.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/// Files that only their owner may read. They have that mode from their creation, and appear whole or not at all,
/// after they were read back and checked.
public final class PrivateFiles {
    private static final FileAttribute<Set<PosixFilePermission>> FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final Set<PosixFilePermission> OWNER = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);
    private static final int MAX_BYTES = 1 << 20;

    private PrivateFiles() {}

    /// Checks a file or directory that was just written, before it gets its name.
    @FunctionalInterface
    public interface Check {
        /// Checks a file, or the files in a directory.
        ///
        /// @throws PkiException if the content cannot be parsed or differs from the intended content
        void on(Path written) throws PkiException;

        /// Returns a check that accepts any content. The bytes are compared in any case.
        static Check none() {
            return _ -> {};
        }
    }

    /// Creates the missing directories above `file`, for their owner only.
    static void createParents(Path file) throws IOException {
        WholeFile.createDirectories(parent(file), "rwx------");
    }

    /// Creates `directory` with these files in it.
    ///
    /// @throws FileAlreadyExistsException if the name exists, unless it is an empty directory
    public static void createDirectory(Path directory, Map<String, byte[]> files, Check check)
            throws IOException, PkiException {
        if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(directory)) {
            throw new FileAlreadyExistsException(directory.toString());
        }
        var next = WholeFile.unfinished(directory.toAbsolutePath());
        Files.createDirectory(next, DIRECTORY);
        try {
            for (var file : files.entrySet()) {
                write(next.resolve(file.getKey()), file.getValue(), CREATE_NEW, WRITE);
                readBack(next.resolve(file.getKey()), file.getValue());
            }
            check.on(next);
            sync(next);
            // rename(2) replaces an empty directory and nothing else
            Files.move(next, directory, ATOMIC_MOVE);
            sync(parent(directory));
        } catch (PkiException | RuntimeException e) {
            remove(next, files.keySet());
            throw e;
        } catch (IOException e) {
            remove(next, files.keySet());
            // the JDK gives ENOTEMPTY of this call no exception of its own
            throw occupied(directory) ? new FileAlreadyExistsException(directory.toString()) : e;
        }
    }

    private static boolean occupied(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return false;
        }
        try (var inside = Files.newDirectoryStream(directory)) {
            return inside.iterator().hasNext();
        }
    }

    private static void remove(Path directory, Set<String> names) throws IOException {
        for (var name : names) {
            Files.deleteIfExists(directory.resolve(name));
        }
        Files.deleteIfExists(directory);
    }

    /// Replaces the content of `file`.
    public static void replace(Path file, byte[] content, Check check) throws IOException, PkiException {
        WholeFile.replace(file, content, "rw-------", check::on);
    }

    /// Creates `file`.
    ///
    /// @throws FileAlreadyExistsException if the name exists
    static void create(Path file, byte[] content) throws IOException {
        WholeFile.create(file, content, "rw-------", _ -> {});
    }

    /// Adds a line to `file`, which is there from [#createDirectory] or [#create] on; also after a last line that a
    /// crash has left without its end.
    static void append(Path file, String line) throws IOException {
        write(file, ((endsWhole(file) ? "" : "\n") + line + "\n").getBytes(US_ASCII), WRITE, APPEND);
    }

    private static boolean endsWhole(Path file) throws IOException {
        try (var channel = FileChannel.open(file, READ)) {
            var last = ByteBuffer.allocate(1);
            return channel.size() == 0 || channel.read(last, channel.size() - 1) < 1 || last.get(0) == '\n';
        }
    }

    /// Returns a text that differs after every change of `file`.
    static String stamp(Path file) throws PkiException {
        try {
            var now = Files.readAttributes(file, BasicFileAttributes.class);
            return now.lastModifiedTime() + " " + now.size() + " " + now.fileKey();
        } catch (IOException e) {
            throw new PkiException(file + " cannot be read", e);
        }
    }

    /// Reads a file that only its owner may read.
    ///
    /// @throws PkiException if it is missing, too large, or readable for others
    public static byte[] read(Path file) throws PkiException {
        try {
            if (!Files.isRegularFile(file)) {
                throw new PkiException("no such file: " + file);
            }
            if (!OWNER.containsAll(Files.getPosixFilePermissions(file))) {
                throw new PkiException("others may read " + file + ": chmod 600 it, or better, replace its content");
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new PkiException(file + " is too large");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new PkiException(file + " cannot be read", e);
        }
    }

    private static void readBack(Path file, byte[] content) throws IOException {
        if (!Arrays.equals(Files.readAllBytes(file), content)) {
            throw new IOException("the disk returned other bytes than were written");
        }
    }

    private static void write(Path file, byte[] content, OpenOption... options) throws IOException {
        try (var channel = FileChannel.open(file, Set.of(options), FILE)) {
            var buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
    }

    static void sync(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, READ)) {
            channel.force(true);
        }
    }

    private static Path parent(Path file) {
        var parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("not a file: " + file);
        }
        return parent;
    }
}
