package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.FAILED;
import static dev.mvm.keyd.store.StoreException.Reason.STORE_IN_USE;
import static dev.mvm.keyd.store.StoreException.Reason.STORE_PLACE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;

/// The files of a store, in a directory that only its owner enters and one process at a time works on.
final class StoreDirectory implements StateFiles, AutoCloseable {
    private static final String LOCK = "lock";
    private static final int OWNER_ONLY = 0600;
    private static final int MAX_FILES = 200_000;
    private static final int MAX_BYTES = 1 << 20;

    private final Directory directory;
    private final FileChannel lock;

    private StoreDirectory(Directory directory, FileChannel lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /// Makes the directory of a new store, which nothing may be in.
    ///
    /// @throws StoreException `STORE_PLACE` if something is
    static void make(Path folder) throws StoreException {
        try {
            if (!Files.isDirectory(folder)) {
                var mode = PosixFilePermissions.fromString("rwx------");
                Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(mode));
            }
            try (var names = Files.list(folder)) {
                if (names.anyMatch(each -> !each.getFileName().toString().equals(LOCK))) {
                    throw new StoreException(
                            STORE_PLACE, folder + " is not empty: a store is made in a place of its own");
                }
            }
        } catch (IOException e) {
            throw new StoreException(FAILED, "the store cannot be made in " + folder + ": " + e.getMessage(), e);
        }
    }

    /// Opens a directory and locks it.
    ///
    /// @throws StoreException `STORE_PLACE` if it is not there, or others may enter it; `STORE_IN_USE`
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // what is returned closes them
    static StoreDirectory open(Path folder) throws StoreException {
        FileChannel lock = null;
        try {
            if (!Files.isDirectory(folder)) {
                throw new StoreException(STORE_PLACE, "no store in " + folder + ": mvm-keyd init or restore makes one");
            }
            if (PosixFilePermissions.toString(Files.getPosixFilePermissions(folder))
                    .endsWith("------")) {
                lock = FileChannel.open(folder.resolve(LOCK), CREATE, WRITE);
                if (lock.tryLock() != null) {
                    var opened = new StoreDirectory(Directory.open(folder), lock);
                    lock = null;
                    return opened;
                }
                throw inUse(folder);
            }
            throw new StoreException(STORE_PLACE, "others may enter the store: chmod 700 " + folder);
        } catch (OverlappingFileLockException e) {
            throw inUse(folder);
        } catch (IOException e) {
            throw new StoreException(FAILED, "the store cannot be opened in " + folder + ": " + e.getMessage(), e);
        } finally {
            close(lock);
        }
    }

    private static StoreException inUse(Path folder) {
        return new StoreException(STORE_IN_USE, "another process has the store in " + folder + " open: stop it first");
    }

    private static void close(@org.jspecify.annotations.Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException _) { // nothing was written to it
            }
        }
    }

    /// Names that begin with a dot are unfinished writes of a former process.
    @Override
    public Map<String, byte[]> all() throws IOException {
        var out = new TreeMap<String, byte[]>();
        for (var name : directory.names(MAX_FILES)) {
            if (name.startsWith(".")) {
                directory.remove(name);
            } else if (!name.equals(LOCK)) {
                out.put(name, directory.read(name, MAX_BYTES));
            }
        }
        return out;
    }

    @Override
    public void put(String name, byte[] content) throws ErrnoException {
        directory.replace(name, content, OWNER_ONLY);
    }

    @Override
    public void remove(String name) throws ErrnoException {
        directory.remove(name);
        directory.sync();
    }

    @Override
    public void close() {
        directory.close();
        close(lock);
    }
}
