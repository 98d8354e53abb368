package dev.mvm.coordinator.store;

import java.time.Duration;

/// A store whose process crashes at one of its transactions: before the transaction has happened, or after it has and
/// before it returns. Every later call fails; the store underneath keeps its content.
public final class FailingStore implements Store {
    private final Store store;
    private final int fatal;
    private final boolean after;
    private int transactions;

    /// @param fatal which transaction is the last, from 1
    /// @param after whether that one still happens
    public FailingStore(Store store, int fatal, boolean after) {
        this.store = store;
        this.fatal = fatal;
        this.after = after;
    }

    /// Returns whether the fatal transaction was reached.
    public boolean dead() {
        return transactions >= fatal;
    }

    private void alive() throws StoreException {
        if (dead()) {
            throw new StoreException(StoreException.Kind.UNAVAILABLE, "the process is dead");
        }
    }

    @Override
    public TxnResult txn(Txn txn) throws StoreException {
        alive();
        transactions++;
        if (!dead()) {
            return store.txn(txn);
        }
        if (after) {
            var _ = store.txn(txn);
        }
        throw new StoreException(StoreException.Kind.UNAVAILABLE, "the process dies");
    }

    @Override
    public long revision() throws StoreException {
        alive();
        return store.revision();
    }

    @Override
    public StoreSnapshot range(KeyRange range) throws StoreException {
        alive();
        return store.range(range);
    }

    @Override
    public StoreSnapshot range(KeyRange range, long revision) throws StoreException {
        alive();
        return store.range(range, revision);
    }

    @Override
    public Watch watch(KeyRange range, long fromRevision) throws StoreException {
        alive();
        return store.watch(range, fromRevision);
    }

    @Override
    public long grant(Duration ttl) throws StoreException {
        alive();
        return store.grant(ttl);
    }

    @Override
    public void keepAlive(long lease) throws StoreException {
        alive();
        store.keepAlive(lease);
    }

    @Override
    public void revoke(long lease) throws StoreException {
        alive();
        store.revoke(lease);
    }

    @Override
    public void compact(long revision) throws StoreException {
        alive();
        store.compact(revision);
    }

    @Override
    public void close() {
        // the store underneath goes on
    }
}
