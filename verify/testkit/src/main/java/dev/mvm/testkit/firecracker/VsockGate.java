package dev.mvm.testkit.firecracker;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Gate for vsock traffic. Firecracker's rule: writing a snapshot's state arms a reset of all connections,
/// which the guest takes notice of when it runs again. Versions with the quirk wait for that notice after every
/// resume, and without a snapshot it never comes, and nothing reaches the guest again.
final class VsockGate {
    private final boolean waitsForReset;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<VsockConnection> connections = new HashSet<>();
    private boolean running;
    private boolean delivering = true;
    private boolean resetArmed;

    /// Something to wait for.
    @FunctionalInterface
    interface Wanted {
        boolean holds();
    }

    /// Something to do under the lock.
    @FunctionalInterface
    interface Action<T> {
        T run() throws IOException;
    }

    /// @param waitsForReset whether this version has the quirk
    /// @param resetArmed whether the device comes out of a snapshot
    VsockGate(boolean waitsForReset, boolean resetArmed) {
        this.waitsForReset = waitsForReset;
        this.resetArmed = resetArmed;
    }

    /// Waits until `wanted` holds, then does `action`; both under the lock.
    <T> T when(Wanted wanted, Action<T> action) throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!wanted.holds()) {
                changed.await();
            }
            return action.run();
        } finally {
            changed.signalAll();
            lock.unlock();
        }
    }

    /// Does `action` under the lock.
    void change(Runnable action) {
        lock.lock();
        try {
            action.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Waits until something from the host can reach the guest.
    void awaitDelivery() throws IOException, InterruptedException {
        when(this::delivers, () -> true);
    }

    /// Returns whether the guest runs. Under the lock.
    boolean isRunning() {
        return running;
    }

    /// Returns whether traffic from the host reaches the guest now. Under the lock.
    boolean delivers() {
        return running && delivering;
    }

    /// Adds a connection that a reset will concern.
    void add(VsockConnection connection) {
        change(() -> connections.add(connection));
    }

    void remove(VsockConnection connection) {
        change(() -> connections.remove(connection));
    }

    /// Boots: nothing was reset and nothing has to be.
    void start() {
        change(() -> running = true);
    }

    void pause() {
        change(() -> running = false);
    }

    /// The device's state has been written.
    void stateSaved() {
        change(() -> resetArmed = true);
    }

    void resume() {
        change(() -> {
            running = true;
            delivering = resetArmed || !waitsForReset;
            if (resetArmed) {
                connections.forEach(VsockConnection::reset);
                connections.clear();
            }
            resetArmed = false;
        });
    }
}
