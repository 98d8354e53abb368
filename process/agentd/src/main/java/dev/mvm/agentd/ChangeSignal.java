package dev.mvm.agentd;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/// Signals changes to one thread. Several changes before the thread runs count as one.
final class ChangeSignal {
    private final Semaphore raised = new Semaphore(0);

    void raise() {
        raised.release();
    }

    /// Runs `work` at once after a change, but no sooner than `between` after the last run; until interrupted.
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
