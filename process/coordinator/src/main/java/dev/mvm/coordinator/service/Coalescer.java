package dev.mvm.coordinator.service;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Work that anybody may ask for, as often as they like: it is done at once, then not again for a while, and once more
/// for all who have asked meanwhile.
public final class Coalescer {
    /// Lets time pass.
    @FunctionalInterface
    public interface Pause {
        /// Takes `time`.
        void of(Duration time) throws InterruptedException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(Coalescer.class);

    private final Executor threads;
    private final Duration between;
    private final Pause pause;
    private final Runnable work;
    private final AtomicInteger asked = new AtomicInteger();

    /// @param threads for the work, one at a time
    /// @param between for how long it is not done again
    public Coalescer(Executor threads, Duration between, Pause pause, Runnable work) {
        this.threads = threads;
        this.between = between;
        this.pause = pause;
        this.work = work;
    }

    public void ask() {
        if (asked.getAndIncrement() == 0) {
            threads.execute(this::work);
        }
    }

    private void work() {
        try {
            int answered;
            do {
                answered = asked.get(); // whoever asks after this has not been seen by the work
                attempt();
                pause.of(between);
            } while (asked.addAndGet(-answered) > 0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void attempt() {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.error("work that was asked for has failed; it is done again when somebody asks", e);
        }
    }
}
