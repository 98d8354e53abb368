package dev.mvm.hostd.host;

import dev.mvm.hostd.registry.InstanceRecord;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/// Instances that could not be taken up at the start. Nothing else is done to one before that has succeeded.
///
/// Used by one thread at a time.
final class StuckInstances {
    private final Recovery recovery;
    private final Changes changes;
    private final Map<InstanceRecord, InstanceLocks.Lock> held = new HashMap<>();

    StuckInstances(Recovery recovery, InstanceLocks locks, Changes changes, Collection<InstanceRecord> stuck) {
        this.recovery = recovery;
        this.changes = changes;
        stuck.forEach(record -> held.put(record, locks.lock(record.address().instance())));
    }

    /// Tries once to take each of them up.
    void retry() {
        held.entrySet().removeIf(entry -> unstuck(entry.getKey(), entry.getValue()));
    }

    private boolean unstuck(InstanceRecord record, InstanceLocks.Lock lock) {
        boolean done = recovery.retry(record);
        if (done) {
            lock.close();
            changes.changed();
        }
        return done;
    }
}
