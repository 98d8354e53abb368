package dev.mvm.coordinator.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;

/// Opens the database and knows its tables.
final class SqliteSchema {
    /// `user_version` of the database: the format of the tables below.
    private static final int FORMAT = 1;

    private static final List<String> PRAGMAS = List.of(
            // one process, one connection: no other process may read, so no shared memory file is needed
            "PRAGMA locking_mode = EXCLUSIVE",
            "PRAGMA journal_mode = WAL",
            // in WAL mode anything less loses acknowledged transactions when power fails
            "PRAGMA synchronous = FULL",
            "PRAGMA foreign_keys = ON",
            "PRAGMA trusted_schema = OFF",
            // what was deleted is overwritten, not only forgotten
            "PRAGMA secure_delete = ON",
            "PRAGMA busy_timeout = 2000",
            // 2 MiB of pages, because the data is small
            "PRAGMA cache_size = -2048");

    /// The UNIQUE constraint is the last line of defence: two rows that follow the same one cannot both exist.
    private static final List<String> TABLES = List.of(
            """
            CREATE TABLE log (
              id INTEGER PRIMARY KEY,
              revision INTEGER NOT NULL,
              sub INTEGER NOT NULL,
              name TEXT NOT NULL,
              deleted INTEGER NOT NULL,
              create_revision INTEGER NOT NULL,
              prev_revision INTEGER NOT NULL,
              version INTEGER NOT NULL,
              lease INTEGER NOT NULL,
              value BLOB NOT NULL,
              UNIQUE (revision, sub),
              UNIQUE (name, prev_revision)
            ) STRICT
            """,
            "CREATE INDEX log_by_name ON log (name, id)",
            "CREATE INDEX log_by_lease ON log (lease) WHERE lease <> 0",
            "CREATE TABLE lease (id INTEGER PRIMARY KEY, ttl_ms INTEGER NOT NULL) STRICT",
            "CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT",
            "INSERT INTO mark VALUES ('compacted', 0), ('lease', 0)",
            "PRAGMA user_version = " + FORMAT);

    private SqliteSchema() {}

    static Connection open(Path file) throws StoreException {
        try {
            placeNativeLibrary(file);
            createEmpty(file);
            var connection = DriverManager.getConnection("jdbc:sqlite:" + file.toAbsolutePath());
            try {
                prepare(connection);
                return connection;
            } catch (SQLException | StoreException e) {
                connection.close();
                throw e;
            }
        } catch (IOException | SQLException e) {
            throw new StoreException("the store " + file + " cannot be opened", e);
        }
    }

    /// Rewrites the database without free pages, and empties its journal.
    static void writeAnew(Path file) throws StoreException {
        try (var connection = open(file);
                var statement = connection.createStatement()) {
            statement.execute("VACUUM");
            statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        } catch (SQLException e) {
            throw new StoreException("the store " + file + " cannot be written anew", e);
        }
    }

    /// The driver unpacks its native library from its jar before use, by default to `java.io.tmpdir`, from where many
    /// systems do not allow loading. `-Dorg.sqlite.lib.path` names a library that is installed elsewhere. Files
    /// that a killed process left are deleted first.
    private static void placeNativeLibrary(Path file) throws IOException {
        var parent = file.toAbsolutePath().getParent();
        if (parent == null || System.getProperty("org.sqlite.tmpdir") != null) {
            return;
        }
        var directory = parent.resolve("native");
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        try (var left = Files.newDirectoryStream(directory, "sqlite-*")) {
            for (var old : left) {
                Files.deleteIfExists(old);
            }
        }
        System.setProperty("org.sqlite.tmpdir", directory.toString());
    }

    /// Creates the database for its owner only; SQLite would make it readable for all. The journal gets the
    /// database's mode.
    private static void createEmpty(Path file) throws IOException {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            // an empty or an older database is valid, too
            if (!Files.isRegularFile(file)) {
                throw e;
            }
        }
    }

    private static void prepare(Connection connection) throws SQLException, StoreException {
        try (var statement = connection.createStatement()) {
            for (var pragma : PRAGMAS) {
                statement.execute(pragma);
            }
            // takes the lock, and fails if another process has it
            statement.execute("BEGIN EXCLUSIVE");
            int format;
            try (var result = statement.executeQuery("PRAGMA user_version")) {
                format = result.next() ? result.getInt(1) : 0;
            }
            if (format == 0) {
                for (var table : TABLES) {
                    statement.execute(table);
                }
            }
            statement.execute("COMMIT");
            if (format != 0 && format != FORMAT) {
                throw new StoreException(
                        StoreException.Kind.UNAVAILABLE,
                        "the store has format " + format + ", this program knows format " + FORMAT);
            }
        }
    }
}
