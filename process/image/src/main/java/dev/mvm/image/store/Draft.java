package dev.mvm.image.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A directory for one import. It is locked while the import runs, so that what an import left that was killed can
/// be told from what another is working on.
public final class Draft implements AutoCloseable {
    private static final String LOCK = ".lock";

    /// Drafts of this process: its own locks do not keep it out.
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel lock;

    private Draft(Path directory, FileChannel lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /// Makes a draft; the caller holds the store's lock.
    static Draft in(Path drafts) throws IOException {
        var directory = drafts.resolve(UUID.randomUUID().toString());
        OWN.add(directory);
        var lock = FileChannel.open(lockOf(directory), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        lock.lock();
        Files.createDirectory(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return new Draft(directory, lock);
    }

    private static Path lockOf(Path directory) {
        return directory.resolveSibling(directory.getFileName() + LOCK);
    }

    /// The directory, of mode 0700.
    public Path directory() {
        return directory;
    }

    /// Removes drafts whose imports have ended without removing them; the caller holds the store's lock. One that
    /// cannot be removed stays, and disturbs no other import.
    static void sweep(Path drafts) throws IOException {
        try (var files = Files.list(drafts)) {
            for (var file : files.toList()) {
                var name = String.valueOf(file.getFileName());
                if (name.endsWith(LOCK)) {
                    sweepOne(file.resolveSibling(name.substring(0, name.length() - LOCK.length())), file);
                }
            }
        }
    }

    private static void sweepOne(Path directory, Path lockFile) throws IOException {
        if (OWN.contains(directory)) {
            return;
        }
        try (var channel = FileChannel.open(lockFile, StandardOpenOption.WRITE)) {
            if (channel.tryLock() != null) {
                delete(directory);
                Files.deleteIfExists(lockFile);
            }
        } catch (IOException | OverlappingFileLockException e) {
            // its import has just ended, another thread is at it, or a program has left what cannot be removed
        }
    }

    @Override
    public void close() throws IOException {
        delete(directory);
        Files.deleteIfExists(lockOf(directory));
        lock.close();
        OWN.remove(directory);
    }

    /// Deletes a file or a whole directory; no link is followed.
    public static void delete(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
