package dev.mvm.coordinator.store;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The medium of a store: rows that are only appended, and the set of leases. For one thread at a time.
interface StoreLog extends AutoCloseable {
    /// A change of the set of leases that happens with some rows or not at all.
    sealed interface LeaseChange {
        record None() implements LeaseChange {}

        record Added(long lease, Duration ttl) implements LeaseChange {}

        record Removed(long lease) implements LeaseChange {}
    }

    /// Returns the revision of the last row, 1 if there is no row.
    long revision();

    /// Returns the revision of the last compaction, 0 before the first.
    long compacted();

    /// A lease id that was never returned by it before the last [#append] of an addition.
    long nextLease();

    Map<Long, Duration> leases() throws StoreException;

    /// The newest row of `key`, be it a deletion.
    Optional<Row> latest(Key key) throws StoreException;

    /// The rows that hold at `revision`, sorted by key, without deletions.
    List<Row> live(KeyRange range, long revision) throws StoreException;

    /// The rows that hold now and die with `lease`, sorted by key.
    List<Row> attached(long lease) throws StoreException;

    /// Rows from a revision on, in order: whole revisions, and at least one if there is any.
    List<Row> since(KeyRange range, long fromRevision) throws StoreException;

    /// Appends rows and changes leases, durably, both or neither.
    void append(List<Row> rows, LeaseChange change) throws StoreException;

    /// Drops rows before `revision` that have a successor at or before it, and deletions before it.
    void compact(long revision) throws StoreException;

    @Override
    void close() throws StoreException;
}
