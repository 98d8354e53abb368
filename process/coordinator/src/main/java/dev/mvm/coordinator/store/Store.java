package dev.mvm.coordinator.store;

import java.time.Duration;
import java.util.Optional;

/// A small, consistent, watchable map, as etcd's v3 API defines it.
///
/// Guarantees: transactions happen one after another, each at a revision of its own; a transaction that has returned
/// survives a crash; a snapshot shows exactly one revision; a watch shows every change once and in order.
///
/// Does not guarantee: room for much data. It is meant for megabytes, with values of at most some hundred kibibytes.
public interface Store extends AutoCloseable {
    /// Stands for no lease.
    long NO_LEASE = 0;

    /// The revision of the last change, 1 for a new store.
    long revision() throws StoreException;

    /// The entries of `range` now.
    StoreSnapshot range(KeyRange range) throws StoreException;

    /// The entries of `range` as they stood at `revision`.
    ///
    /// @throws StoreException `COMPACTED` or `FUTURE_REVISION`
    StoreSnapshot range(KeyRange range, long revision) throws StoreException;

    /// The entry of `key` now, if it exists.
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

    /// A lease: entries written with it are deleted, all at one revision, when it ends.
    ///
    /// @param ttl for how long it lives unless kept alive, at least 1 ms
    /// @return its id, never used before
    long grant(Duration ttl) throws StoreException;

    /// Gives a lease its full time again. After a restart of the store all leases have it.
    ///
    /// @throws StoreException `NO_SUCH_LEASE`
    void keepAlive(long lease) throws StoreException;

    /// Ends a lease now.
    ///
    /// @throws StoreException `NO_SUCH_LEASE`
    void revoke(long lease) throws StoreException;

    /// Forgets what was before `revision`, except what still holds at it.
    ///
    /// @throws StoreException `COMPACTED` if that has happened, `FUTURE_REVISION`
    void compact(long revision) throws StoreException;

    @Override
    void close() throws StoreException;
}
