package dev.mvm.coordinator.store;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A log in one table of SQLite, as kine keeps etcd's data in SQL databases.
final class SqliteLog implements StoreLog {
    private static final String COLUMNS =
            "revision, sub, name, deleted, create_revision, prev_revision, version, lease, value";
    private static final int WATCH_ROWS = 512;

    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    private long revision;
    private long compacted;
    private long lastLease;

    private SqliteLog(Connection connection) throws SQLException {
        this.connection = connection;
        this.revision = Math.max(1, number("SELECT COALESCE(MAX(revision), 1) FROM log"));
        this.compacted = number("SELECT value FROM mark WHERE name = 'compacted'");
        this.lastLease = number("SELECT value FROM mark WHERE name = 'lease'");
    }

    static SqliteLog open(Path file) throws StoreException {
        var connection = SqliteSchema.open(file);
        try {
            return new SqliteLog(connection);
        } catch (SQLException e) {
            try {
                connection.close();
            } catch (SQLException second) {
                e.addSuppressed(second);
            }
            throw new StoreException("the store " + file + " cannot be read", e);
        }
    }

    @Override
    public long revision() {
        return revision;
    }

    @Override
    public long compacted() {
        return compacted;
    }

    @Override
    public long nextLease() {
        return lastLease + 1;
    }

    @Override
    public Map<Long, Duration> leases() throws StoreException {
        var out = new HashMap<Long, Duration>();
        try (var result = statement("SELECT id, ttl_ms FROM lease").executeQuery()) {
            while (result.next()) {
                out.put(result.getLong(1), Duration.ofMillis(result.getLong(2)));
            }
            return out;
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    @Override
    public Optional<Row> latest(Key key) throws StoreException {
        return rows("SELECT " + COLUMNS + " FROM log WHERE name = ? ORDER BY id DESC LIMIT 1", key.path()).stream()
                .findFirst();
    }

    @Override
    public List<Row> live(KeyRange range, long atRevision) throws StoreException {
        return rows(
                "SELECT " + COLUMNS + " FROM log WHERE id IN (SELECT MAX(id) FROM log"
                        + " WHERE name >= ? AND name < ? AND revision <= ? GROUP BY name) AND deleted = 0 ORDER BY name",
                range.from(),
                range.to(),
                atRevision);
    }

    @Override
    public List<Row> attached(long lease) throws StoreException {
        return rows(
                "SELECT " + COLUMNS + " FROM log AS held WHERE lease = ? AND lease <> 0 AND NOT EXISTS"
                        + " (SELECT 1 FROM log AS newer WHERE newer.name = held.name AND newer.id > held.id) ORDER BY name",
                lease);
    }

    @Override
    public List<Row> since(KeyRange range, long fromRevision) throws StoreException {
        var all = "SELECT " + COLUMNS + " FROM log WHERE revision >= ? AND revision <= ? AND name >= ? AND name < ?"
                + " ORDER BY id LIMIT ?";
        var some = rows(all, fromRevision, Long.MAX_VALUE, range.from(), range.to(), (long) WATCH_ROWS);
        if (some.size() < WATCH_ROWS) {
            return some;
        }
        long last = some.getLast().revision();
        var whole = some.stream().filter(row -> row.revision() < last).toList();
        return whole.isEmpty() ? rows(all, last, last, range.from(), range.to(), Long.MAX_VALUE) : whole;
    }

    @Override
    public void append(List<Row> rows, LeaseChange change) throws StoreException {
        transaction(() -> {
            for (var row : rows) {
                insert(row);
            }
            switch (change) {
                case LeaseChange.None() -> {}
                case LeaseChange.Added(var lease, var ttl) -> {
                    run("INSERT INTO lease (id, ttl_ms) VALUES (?, ?)", lease, ttl.toMillis());
                    run("UPDATE mark SET value = ? WHERE name = 'lease'", lease);
                }
                case LeaseChange.Removed(var lease) -> run("DELETE FROM lease WHERE id = ?", lease);
            }
        });
        if (!rows.isEmpty()) {
            revision = rows.getLast().revision();
        }
        if (change instanceof LeaseChange.Added(var lease, var _)) {
            lastLease = lease;
        }
    }

    private void insert(Row row) throws SQLException {
        run(
                "INSERT INTO log (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row.revision(),
                (long) row.sub(),
                row.key().path(),
                row.deleted() ? 1L : 0L,
                row.createRevision(),
                row.prevRevision(),
                row.version(),
                row.lease(),
                row.value());
    }

    @Override
    public void compact(long at) throws StoreException {
        transaction(() -> {
            run(
                    "DELETE FROM log WHERE revision < ? AND (deleted = 1 OR EXISTS (SELECT 1 FROM log AS newer"
                            + " WHERE newer.name = log.name AND newer.id > log.id AND newer.revision <= ?))",
                    at,
                    at);
            run("UPDATE mark SET value = ? WHERE name = 'compacted'", at);
        });
        compacted = at;
    }

    @Override
    public void close() throws StoreException {
        try {
            for (var statement : statements.values()) {
                statement.close();
            }
            connection.close();
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    @FunctionalInterface
    private interface Work {
        void run() throws SQLException;
    }

    private void transaction(Work work) throws StoreException {
        try {
            run("BEGIN IMMEDIATE");
            try {
                work.run();
                run("COMMIT");
            } catch (SQLException e) {
                rollBack(e);
                throw e;
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private void rollBack(SQLException cause) {
        try (var statement = connection.createStatement()) {
            statement.execute("ROLLBACK");
        } catch (SQLException e) {
            // SQLite has rolled back by itself, or the connection is lost; the cause says which
            cause.addSuppressed(e);
        }
    }

    private List<Row> rows(String sql, Object... parameters) throws StoreException {
        try (var result = bound(sql, parameters).executeQuery()) {
            var out = new ArrayList<Row>();
            while (result.next()) {
                out.add(row(result));
            }
            return out;
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private static Row row(ResultSet result) throws SQLException {
        return new Row(
                result.getLong(1),
                result.getInt(2),
                new Key(result.getString(3)),
                result.getLong(4) != 0,
                result.getLong(5),
                result.getLong(6),
                result.getLong(7),
                result.getLong(8),
                ByteString.copyFrom(result.getBytes(9)));
    }

    private long number(String sql) throws SQLException {
        try (var result = statement(sql).executeQuery()) {
            return result.next() ? result.getLong(1) : 0;
        }
    }

    private void run(String sql, Object... parameters) throws SQLException {
        bound(sql, parameters).execute();
    }

    private PreparedStatement bound(String sql, Object... parameters) throws SQLException {
        var statement = statement(sql);
        for (int i = 0; i < parameters.length; i++) {
            switch (parameters[i]) {
                case Long number -> statement.setLong(i + 1, number);
                case String text -> statement.setString(i + 1, text);
                case ByteString bytes -> statement.setBytes(i + 1, bytes.toByteArray());
                default -> throw new IllegalArgumentException("no such type of column");
            }
        }
        return statement;
    }

    @SuppressWarnings("MustBeClosedChecker") // kept for the next use, closed with the log
    private PreparedStatement statement(String sql) throws SQLException {
        var known = statements.get(sql);
        if (known != null) {
            return known;
        }
        var made = connection.prepareStatement(sql);
        statements.put(sql, made);
        return made;
    }

    private static StoreException failed(SQLException e) {
        return new StoreException("the store failed", e);
    }
}
