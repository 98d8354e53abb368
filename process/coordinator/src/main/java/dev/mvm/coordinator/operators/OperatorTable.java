package dev.mvm.coordinator.operators;

import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.store.Compare;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.store.Txn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// All operators as they were read at once. What is decided by them is written only if all of them are still the same.
final class OperatorTable {
    private final Store store;
    private final List<Entry> entries;
    private final List<OperatorRecord> records = new ArrayList<>();

    private OperatorTable(Store store, List<Entry> entries) throws StoreException {
        this.store = store;
        this.entries = entries;
        for (var entry : entries) {
            records.add(OperatorRecord.read(entry));
        }
    }

    static OperatorTable read(Store store) throws StoreException {
        return new OperatorTable(store, store.range(FleetKeys.OPERATORS).entries());
    }

    List<OperatorRecord> records() {
        return List.copyOf(records);
    }

    Optional<OperatorRecord> of(String name) {
        return records.stream().filter(record -> record.name().equals(name)).findFirst();
    }

    /// Writes a record.
    ///
    /// @return the record; empty if an operator has changed since this was read
    Optional<OperatorRecord> write(OperatorRecord next) throws StoreException {
        var key = FleetKeys.operatorKey(next.name());
        var conditions = new ArrayList<Compare>();
        entries.forEach(entry -> conditions.add(Compare.unchanged(entry)));
        if (of(next.name()).isEmpty()) {
            conditions.add(Compare.absent(key));
        }
        var steps = List.<Op>of(Op.put(key, next.bytes()));
        return store.txn(new Txn(conditions, steps, List.of())).held() ? Optional.of(next) : Optional.empty();
    }
}
