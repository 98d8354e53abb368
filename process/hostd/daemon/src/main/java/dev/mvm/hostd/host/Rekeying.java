package dev.mvm.hostd.host;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.hostd.Label;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Puts volumes and snapshots under the keys in force once these have replaced others: one instance after the
/// other, each under its own lock, while hostd does what it is asked. One that fails is marked, keeps its key,
/// and harms no other.
///
/// Used by one thread at a time.
final class Rekeying {
    /// Not one of the reasons with `snapshot_`, for which an agent wakes nothing: it can be woken.
    private static final Label MARK = new Label("key_not_replaced");

    private final RecordKeeper records;
    private final VmLifecycle vms;
    private final InstanceLocks locks;
    private final Changes changes;

    /// Those that may be under an older key. One that has failed is left out until the next state or blob: each try
    /// takes a sealer.
    private final Set<InstanceId> pending = new HashSet<>();

    Rekeying(RecordKeeper records, VmLifecycle vms, InstanceLocks locks, Changes changes) {
        this.records = records;
        this.vms = vms;
        this.locks = locks;
        this.changes = changes;
        records.registry.all().forEach(record -> pending.add(record.address().instance()));
        records.behind.addAll(pending);
    }

    /// Does all that there is to do.
    void all() {
        records.registry.all().forEach(record -> pending.add(record.address().instance()));
        records.behind.addAll(pending);
        rest();
    }

    /// Does what could not be done because something else was being done to the instance.
    void rest() {
        pending.removeIf(this::tried);
    }

    /// Returns whether it was its turn, as it is not during another operation.
    private boolean tried(InstanceId id) {
        try (var lock = locks.tryLock(id)) {
            if (lock.isEmpty()) {
                return false;
            }
            records.registry.find(id).ifPresent(this::rekey);
            return true;
        }
    }

    private void rekey(InstanceRecord record) {
        try {
            if (!vms.rekey(record)) {
                return;
            }
            records.behind.remove(record.address().instance());
            if (record.reason().equals(Optional.of(MARK))) {
                mark(record, Optional.empty());
            }
        } catch (StepException e) {
            records.log(record, " stays under an older key: " + e.getMessage());
            if (record.reason().isEmpty()) {
                mark(record, Optional.of(MARK));
            }
        }
    }

    /// Leaves what is half done as it is: a start of hostd finishes it.
    private void mark(InstanceRecord record, Optional<Label> reason) {
        try {
            if (record.intent().isEmpty()) {
                records.put(record.reached(record.state(), reason));
                changes.changed();
            }
        } catch (IOException e) {
            records.log(record, ": " + e.getMessage());
        }
    }
}
