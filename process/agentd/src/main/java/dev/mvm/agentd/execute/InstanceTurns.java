package dev.mvm.agentd.execute;

import dev.mvm.model.InstanceId;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/// Turns on instances: chains of the planner and verbs of operators have one instance after one another.
public final class InstanceTurns {
    private final ConcurrentMap<InstanceId, ReentrantLock> locks = new ConcurrentHashMap<>();

    /// Waits for a turn on the instance.
    public Turn take(InstanceId id) {
        var lock = locks.computeIfAbsent(id, _ -> new ReentrantLock(true));
        lock.lock();
        return lock::unlock;
    }

    /// Takes a turn on the instance; empty if it is taken.
    public Optional<Turn> tryTake(InstanceId id) {
        var lock = locks.computeIfAbsent(id, _ -> new ReentrantLock(true));
        return lock.tryLock() ? Optional.of(lock::unlock) : Optional.empty();
    }

    /// Returns whether a turn on the instance is taken.
    public boolean taken(InstanceId id) {
        var lock = locks.get(id);
        return lock != null && lock.isLocked();
    }

    /// A turn on an instance; `close` gives it to the next.
    @FunctionalInterface
    public interface Turn extends AutoCloseable {
        @Override
        void close();
    }
}
