package dev.mvm.image.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/// A directory for one import, and in it one for programs in the sandbox. It is locked while the import runs, so that
/// what an import left that was killed can be told from what another is working on.
public final class Draft implements AutoCloseable {
    private static final String LOCK = ".lock";
    private static final String SANDBOX = "sandbox";

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
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectory(directory, mode);
        Files.createDirectory(directory.resolve(SANDBOX), mode);
        return new Draft(directory, lock);
    }

    private static Path lockOf(Path directory) {
        return directory.resolveSibling(directory.getFileName() + LOCK);
    }

    /// The directory for what the importer writes, of mode 0700.
    public Path directory() {
        return directory;
    }

    /// The one directory that programs in the sandbox can write. A program that was taken over may leave links in it:
    /// nothing else writes there.
    public Path sandbox() {
        return directory.resolve(SANDBOX);
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
                Deletion.of(directory);
                Files.deleteIfExists(lockFile);
            }
        } catch (IOException | OverlappingFileLockException e) {
            // its import has just ended, another thread is at it, or a program has left what cannot be removed
        }
    }

    @Override
    public void close() throws IOException {
        try {
            Deletion.of(directory);
            Files.deleteIfExists(lockOf(directory));
        } finally {
            lock.close();
            OWN.remove(directory);
        }
    }
}
