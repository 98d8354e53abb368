package dev.mvm.agentd.link;

import dev.mvm.protocol.control.v1.CoordinatorMessage;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;

/// Requests that are worked on beside the stream. Their answers are made while the coordinator is heard on, so that as
/// many as there are places can come to lie in memory before it shows that it takes none: verbs are answered in a few
/// hundred bytes, other requests in up to a mebibyte.
final class RequestLimiter {
    /// More than a coordinator has under way of its own accord.
    static final int VERBS = 128;

    static final int OTHERS = 8;

    private final Semaphore verbs = new Semaphore(VERBS);
    private final Semaphore others = new Semaphore(OTHERS);
    private final Executor threads;

    RequestLimiter(Executor threads) {
        this.threads = threads;
    }

    /// Has `work` done.
    ///
    /// @return false if there are too many already
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
