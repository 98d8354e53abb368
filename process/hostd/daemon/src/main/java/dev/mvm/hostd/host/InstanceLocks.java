package dev.mvm.hostd.host;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.TenantId;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/// One lock for each instance that has something done to it. Operations of one tenant take at most half of the
/// connections that the agent has: if all of them hang, those of other tenants go on.
final class InstanceLocks {
    static final int MOST_OF_ONE_TENANT = 32;

    @GuardedBy("this")
    private final Map<InstanceId, TenantId> held = new HashMap<>();

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

    /// Takes the lock if it is free and its tenant has not too many.
    synchronized Lock tryLock(InstanceAddress of) {
        boolean room = Collections.frequency(held.values(), of.tenant()) < MOST_OF_ONE_TENANT;
        return new Lock(of.instance(), room && held.putIfAbsent(of.instance(), of.tenant()) == null);
    }

    /// Takes the lock, waiting for it.
    synchronized Lock lock(InstanceAddress of) {
        boolean interrupted = false;
        while (held.putIfAbsent(of.instance(), of.tenant()) != null) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true; // the caller cleans up, and has to
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return new Lock(of.instance(), true);
    }

    private synchronized void release(InstanceId id) {
        held.remove(id);
        notifyAll();
    }
}
