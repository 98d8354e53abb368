package dev.mvm.hostd.host;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.model.InstanceId;
import java.util.HashSet;
import java.util.Set;

/// One lock for each instance that has something done to it.
final class InstanceLocks {
    @GuardedBy("this")
    private final Set<InstanceId> held = new HashSet<>();

    /// A lock, or the lack of one. Closing it gives it back.
    final class Lock implements AutoCloseable {
        private final InstanceId id;
        private final boolean held;

        private Lock(InstanceId id, boolean held) {
            this.id = id;
            this.held = held;
        }

        boolean isEmpty() {
            return !held;
        }

        @Override
        public void close() {
            if (held) {
                release(id);
            }
        }
    }

    /// Takes the lock if it is free.
    synchronized Lock tryLock(InstanceId id) {
        return new Lock(id, held.add(id));
    }

    /// Takes the lock, waiting for it.
    synchronized Lock lock(InstanceId id) {
        boolean interrupted = false;
        while (!held.add(id)) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true; // the caller cleans up, and has to
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return new Lock(id, true);
    }

    private synchronized void release(InstanceId id) {
        held.remove(id);
        notifyAll();
    }
}
