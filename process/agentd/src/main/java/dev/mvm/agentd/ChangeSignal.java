package dev.mvm.agentd;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/// Tells one thread that something has changed. Several changes before it looks are one.
final class ChangeSignal {
    private final Semaphore raised = new Semaphore(0);

    void raise() {
        raised.release();
    }

    /// Does `work` after every change, at once, but no sooner than `between` after the time before; until interrupted.
    void each(Duration between, Runnable work) {
        try {
            while (true) {
                raised.acquire();
                raised.drainPermits();
                work.run();
                Thread.sleep(between);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
