package dev.mvm.keyd.store;

import java.util.ArrayList;
import java.util.Optional;

/// Destroys what operators have ended: a new epoch of the master key is made, what lives is wrapped under it,
/// the old epoch is destroyed, and with it every copy that was ever made of what was ended; then its records
/// are removed. Each step can be repeated, and what is left to do is seen in the records, so a change that was
/// cut short goes on later.
final class EpochChange {
    private final StoreRecords records;
    private final MasterKey master;
    private boolean oldAreGone; // so that a master key elsewhere is not asked at each grant

    EpochChange(StoreRecords records, MasterKey master) {
        this.records = records;
        this.master = master;
    }

    /// Does what there is to do.
    ///
    /// @return what waits for operators; empty if that is nothing
    String run() throws StoreException {
        var waiting = Optional.<String>empty();
        while (waiting.isEmpty() && isDue()) {
            waiting = change();
        }
        var old = endOld();
        removeEnded();
        return waiting.or(() -> old).orElse("");
    }

    /// Returns whether there is a change to go on with, or, after beginning it, one to make.
    private boolean isDue() throws StoreException {
        if (records.head().next() == 0 && hasEnded()) {
            begin();
        }
        return records.head().next() != 0;
    }

    /// Decides to change to a new epoch.
    void begin() throws StoreException {
        var all = master.epochs();
        int newest = all.isEmpty() ? 0 : all.getLast();
        records.put(records.head().changing(Math.max(newest, records.head().epoch()) + 1));
    }

    /// Returns whether something that operators have ended can be opened with the epoch in use, or a later one.
    private boolean hasEnded() throws StoreException {
        int epoch = records.head().epoch();
        return records.keys().stream()
                .anyMatch(key -> key.versions().stream()
                        .anyMatch(version -> !records.allows(key.name(), version.number())
                                && master.epoch(version.wrapped()) >= epoch));
    }

    private Optional<String> change() throws StoreException {
        int next = records.head().next();
        if (!master.begin(next)) {
            var newer = newerByOperators();
            if (newer == 0) {
                return Optional.of("the " + master.kind() + " has no epoch of the master key after "
                        + records.head().epoch() + ": operators have to make one");
            }
            next = newer;
        }
        for (var key : records.keys()) {
            rewrap(next, key);
        }
        oldAreGone = false;
        records.put(records.head().changed(next));
        return Optional.empty();
    }

    /// The newest epoch after the one in use; 0 if there is no such epoch.
    private int newerByOperators() throws StoreException {
        var all = master.epochs();
        return all.isEmpty() || all.getLast() <= records.head().epoch() ? 0 : all.getLast();
    }

    private void rewrap(int next, KeyRecord key) throws StoreException {
        var changed = new ArrayList<KeyRecord.Version>();
        for (var version : key.versions()) {
            boolean stale = records.allows(key.name(), version.number()) && master.epoch(version.wrapped()) < next;
            changed.add(
                    stale
                            ? version.wrapped(master.rewrap(next, key.place(version.number()), version.wrapped()))
                            : version);
        }
        if (!changed.equals(key.versions())) {
            records.put(key.with(changed));
        }
    }

    /// Ends every epoch before the one in use.
    private Optional<String> endOld() throws StoreException {
        if (oldAreGone) {
            return Optional.empty();
        }
        var left = new ArrayList<Integer>();
        for (int epoch : master.epochs()) {
            if (epoch < records.head().epoch() && !master.end(epoch)) {
                left.add(epoch);
            }
        }
        oldAreGone = left.isEmpty();
        return oldAreGone
                ? Optional.empty()
                : Optional.of("the " + master.kind() + " still has epoch " + left.getLast()
                        + " of the master key, so copies from before can be opened: operators have to destroy it");
    }

    private void removeEnded() throws StoreException {
        for (var key : records.keys()) {
            var living = records.living(key);
            if (living.versions().isEmpty()) {
                records.remove(key.name());
            } else if (!living.equals(key)) {
                records.put(living);
            }
        }
    }
}
