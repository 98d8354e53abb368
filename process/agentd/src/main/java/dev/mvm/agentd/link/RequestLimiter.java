package dev.mvm.agentd.link;

import dev.mvm.protocol.control.v1.CoordinatorMessage;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;

/// Bounds the answers that can pile up while the coordinator does not read: [#VERBS] of a few hundred bytes each,
/// and [#OTHERS] of up to a mebibyte each.
final class RequestLimiter {
    /// More verbs than a coordinator that keeps its own limits has under way.
    static final int VERBS = 128;

    static final int OTHERS = 8;

    private final Semaphore verbs = new Semaphore(VERBS);
    private final Semaphore others = new Semaphore(OTHERS);
    private final Executor threads;

    RequestLimiter(Executor threads) {
        this.threads = threads;
    }

    /// Runs `work` on a thread of its own.
    ///
    /// @return false if too many requests are under way; `work` is not run then
    boolean begin(CoordinatorMessage request, Runnable work) {
        var places = request.hasVerb() ? verbs : others;
        if (!places.tryAcquire()) {
            return false;
        }
        threads.execute(() -> {
            try {
                work.run();
            } finally {
                places.release();
            }
        });
        return true;
    }
}
