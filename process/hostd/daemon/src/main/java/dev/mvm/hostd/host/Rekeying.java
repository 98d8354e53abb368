package dev.mvm.hostd.host;

import dev.mvm.hostd.key.ReplacedKeys;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.model.InstanceId;
import dev.mvm.model.TenantId;
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
    private final ReplacedKeys replaced;
    private final VmLifecycle vms;
    private final InstanceLocks locks;
    private final Changes changes;

    /// Those that are not tried again before the next state: each try takes a sealer.
    private final Set<InstanceId> failed = new HashSet<>();

    Rekeying(RecordKeeper records, ReplacedKeys replaced, VmLifecycle vms, InstanceLocks locks, Changes changes) {
        this.records = records;
        this.replaced = replaced;
        this.vms = vms;
        this.locks = locks;
        this.changes = changes;
    }

    /// Does all that there is to do.
    void all() {
        failed.clear();
        rest();
    }

    /// Does what could not be done because something else was being done to the instance.
    void rest() {
        replaced.tenants().forEach(this::tenant);
    }

    private void tenant(TenantId tenant) {
        var state = records.trust.installed();
        var keys = replaced.of(tenant);
        boolean done = true;
        for (var record : records.registry.all()) {
            if (record.address().tenant().equals(tenant)) {
                done &= done(record.address().instance());
            }
        }
        synchronized (records) { // no other state comes into force, for which these keys may be needed again
            if (done && records.trust.installed().equals(state)) {
                try {
                    replaced.forget(tenant, keys);
                } catch (IOException e) {
                    records.log("state directory: " + e.getMessage());
                }
            }
        }
    }

    private boolean done(InstanceId id) {
        try (var lock = locks.tryLock(id)) {
            var record = records.registry.find(id);
            return record.isEmpty() || (!lock.isEmpty() && !failed.contains(id) && done(record.get()));
        }
    }

    private boolean done(InstanceRecord record) {
        try {
            boolean done = vms.rekey(record);
            if (done && record.reason().equals(Optional.of(MARK))) {
                mark(record, Optional.empty());
            }
            return done;
        } catch (StepException e) {
            failed.add(record.address().instance());
            records.log(record, " stays under a replaced key: " + e.getMessage());
            if (record.reason().isEmpty()) {
                mark(record, Optional.of(MARK));
            }
            return false;
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
