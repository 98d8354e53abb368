package dev.mvm.agentd;

import java.util.concurrent.Semaphore;

/// Tells one thread that something has changed. Several changes before it looks are one.
final class Signal {
    private final Semaphore raised = new Semaphore(0);

    void raise() {
        raised.release();
    }

    /// Does `work` once after every change, until interrupted.
    void each(Runnable work) {
        try {
            while (true) {
                raised.acquire();
                raised.drainPermits();
                work.run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
