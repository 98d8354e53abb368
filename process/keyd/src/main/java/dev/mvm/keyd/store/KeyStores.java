package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.NO_MASTER_KEY;
import static dev.mvm.keyd.store.StoreException.Reason.STORE_PLACE;

import com.google.errorprone.annotations.MustBeClosed;
import java.nio.file.Path;

/// Makes stores and opens them. Only [#open] takes over the master key, which is closed with the store.
public final class KeyStores {
    private KeyStores() {}

    /// Makes a store with its first epoch.
    ///
    /// @param folder empty, or not there
    /// @throws StoreException `STORE_PLACE` if something is there; `NO_MASTER_KEY` if the master key has epochs
    ///     already, which would be another store's, or has to be made by operators
    public static void init(Path folder, MasterKey master) throws StoreException {
        var epochs = master.epochs();
        if (master.makesEpochs() != epochs.isEmpty()) {
            throw new StoreException(
                    NO_MASTER_KEY,
                    epochs.isEmpty()
                            ? "the " + master.kind() + " has no master key: operators have to make its first epoch"
                            : "the master key is another store's: it has epochs already");
        }
        StoreDirectory.make(folder);
        try (var files = StoreDirectory.open(folder)) {
            var records = StoreRecords.read(files);
            records.put(epochs.isEmpty() ? HeadRecord.FIRST : HeadRecord.FIRST.changed(epochs.getLast()));
            var _ = new EpochChange(records, master).run();
        }
    }

    /// Opens a store, and goes on with what was left to do.
    ///
    /// @throws StoreException `STORE_PLACE`, `STORE_IN_USE`, `STORE_DAMAGED`, `FAILED`
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the store closes the files
    public static KeyStore open(Path folder, MasterKey master, StoreClock clock) throws StoreException {
        var files = StoreDirectory.open(folder);
        boolean good = false;
        try {
            var store = new KeyStore(files, StoreRecords.read(files), master, clock);
            good = true;
            return store;
        } finally {
            if (!good) {
                files.close();
            }
        }
    }

    /// Makes a store of a copy. It is held until [KeyStore#resume].
    ///
    /// @param copy of [KeyStore#copy], which the caller has verified
    /// @throws StoreException `STORE_PLACE`, `STORE_DAMAGED`, `NO_MASTER_KEY` if the master key is not the
    ///     copy's, or its epoch was destroyed
    public static void restore(Path folder, MasterKey master, byte[] copy, StoreClock clock) throws StoreException {
        var from = StoreCopy.read(copy);
        long generation = Generations.next(from.head().generation(), clock);
        fill(folder, master, from, from.head().restored(generation));
    }

    /// Makes a standby of a copy: it lends, and takes later copies.
    ///
    /// @throws StoreException as [#restore]
    public static void standby(Path folder, MasterKey master, byte[] copy) throws StoreException {
        var from = StoreCopy.read(copy);
        fill(folder, master, from, from.head().copied());
    }

    private static void fill(Path folder, MasterKey master, StoreCopy from, HeadRecord as) throws StoreException {
        from.demandOpens(master);
        StoreDirectory.make(folder);
        try (var files = StoreDirectory.open(folder)) {
            var records = StoreRecords.read(files);
            if (!records.isEmpty()) {
                throw new StoreException(STORE_PLACE, folder + " is not empty");
            }
            from.restore(records, as);
        }
    }
}
