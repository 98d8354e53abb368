package dev.mvm.agentd.execute;

import dev.mvm.model.InstanceId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/// One thing at a time on each instance, whoever wants it: the planner's chains and operators' verbs.
public final class InstanceTurns {
    private final ConcurrentMap<InstanceId, ReentrantLock> locks = new ConcurrentHashMap<>();

    /// Waits for the instance's turn.
    public Turn take(InstanceId id) {
        var lock = locks.computeIfAbsent(id, _ -> new ReentrantLock(true));
        lock.lock();
        return lock::unlock;
    }

    /// Whether something is being done to the instance.
    public boolean taken(InstanceId id) {
        var lock = locks.get(id);
        return lock != null && lock.isLocked();
    }

    /// An instance's turn; closing it passes it on.
    @FunctionalInterface
    public interface Turn extends AutoCloseable {
        @Override
        void close();
    }
}
