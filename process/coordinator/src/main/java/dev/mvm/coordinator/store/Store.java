package dev.mvm.coordinator.store;

import java.time.Duration;
import java.util.Optional;

/// A small, consistent, watchable map, as etcd's v3 API defines it.
///
/// ## Guarantees
/// Transactions happen one after another, each at a revision of its own. A transaction that has returned survives a
/// crash. A snapshot shows exactly one revision. A watch shows every change once and in order.
///
/// ## Not guaranteed
/// Space for much data. A store is meant for megabytes, with values of at most some hundred kibibytes.
///
/// Thread-safe.
public interface Store extends AutoCloseable {
    /// Stands for no lease.
    long NO_LEASE = 0;

    /// Returns the revision of the last change, 1 for a new store.
    long revision() throws StoreException;

    /// Returns the present entries of `range`.
    StoreSnapshot range(KeyRange range) throws StoreException;

    /// Returns the entries of `range` as they were at `revision`.
    ///
    /// @throws StoreException `COMPACTED` or `FUTURE_REVISION`
    StoreSnapshot range(KeyRange range, long revision) throws StoreException;

    /// Returns the present entry of `key`, if it exists.
    default Optional<Entry> get(Key key) throws StoreException {
        return range(KeyRange.of(key)).entry(key);
    }

    /// Runs a transaction. Without a change the revision stays as it is.
    ///
    /// @throws StoreException `NO_SUCH_LEASE` if a step names one that does not exist
    TxnResult txn(Txn txn) throws StoreException;

    /// Watches the keys of `range`, beginning with the changes of `fromRevision`, which may lie in the future.
    ///
    /// @throws StoreException `COMPACTED` if that revision's events may be gone
    Watch watch(KeyRange range, long fromRevision) throws StoreException;

    /// Grants a lease. Entries that are written with a lease are deleted, all at one revision, when it ends.
    ///
    /// @param ttl lifetime unless it is kept alive, at least 1 ms
    /// @return the lease's id, never used before
    long grant(Duration ttl) throws StoreException;

    /// Gives a lease its full time again. A restart of the store does so for all leases.
    ///
    /// @throws StoreException `NO_SUCH_LEASE`
    void keepAlive(long lease) throws StoreException;

    /// Ends a lease now.
    ///
    /// @throws StoreException `NO_SUCH_LEASE`
    void revoke(long lease) throws StoreException;

    /// Deletes the history before `revision`, except values that are still present at that revision.
    ///
    /// @throws StoreException `COMPACTED` if the store is compacted to that revision or beyond, or
    ///     `FUTURE_REVISION`
    void compact(long revision) throws StoreException;

    @Override
    void close() throws StoreException;
}
