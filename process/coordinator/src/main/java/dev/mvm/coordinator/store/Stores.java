package dev.mvm.coordinator.store;

import java.nio.file.Path;
import java.time.InstantSource;

/// The kinds of store.
public final class Stores {
    private Stores() {}

    /// A store that forgets everything at the end: for tests and simulations.
    public static Store inMemory(InstantSource clock) throws StoreException {
        return new LoggedStore(new MemoryLog(), clock);
    }

    /// A store in one SQLite database, for one process at a time.
    ///
    /// @param file the database, made with mode 0600 if it does not exist; SQLite's own files and its native
    ///     library get into the same directory
    /// @param clock for leases; best one that never jumps
    /// @throws StoreException `UNAVAILABLE` if it cannot be opened, is of another format, or is in use
    public static Store sqlite(Path file, InstantSource clock) throws StoreException {
        return new LoggedStore(SqliteLog.open(file), clock);
    }

    /// Writes a store anew, so that no part of its file holds what was deleted. Flash and file systems that write
    /// elsewhere keep it all the same.
    ///
    /// @throws StoreException `UNAVAILABLE` if it cannot be opened or written, or is in use
    public static void writeAnew(Path file) throws StoreException {
        SqliteSchema.writeAnew(file);
    }
}
