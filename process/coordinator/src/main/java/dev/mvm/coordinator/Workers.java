package dev.mvm.coordinator;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The threads of a coordinator: a virtual thread for each piece of work, and one timer.
final class Workers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("timer").daemon().factory());

    ExecutorService threads() {
        return threads;
    }

    ScheduledExecutorService timer() {
        return timer;
    }

    /// Runs work on the timer again and again, with a pause of `period` before each run. A run that fails is logged.
    void every(Duration period, Runnable work) {
        Runnable guarded = guarded("periodic work", work);
        var _ = timer.scheduleWithFixedDelay(guarded, period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Returns an executor that waits for `delay` on the timer and then runs its work there.
    Executor after(Duration delay) {
        return work -> {
            var _ = timer.schedule(work, delay.toMillis(), TimeUnit.MILLISECONDS);
        };
    }

    /// Returns work that logs a failure instead of passing it on.
    ///
    /// @param name of the work, for the log
    static Runnable guarded(String name, Runnable work) {
        return () -> {
            try {
                work.run();
            } catch (RuntimeException e) {
                LOG.error("{} failed and will be tried again", name, e);
            }
        };
    }

    /// Interrupts all work and waits until the virtual threads have ended.
    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
        timer.shutdownNow();
    }
}
