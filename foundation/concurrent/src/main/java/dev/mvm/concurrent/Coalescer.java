package dev.mvm.concurrent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;

/// Runs a task at once, then at most once per interval while requests keep coming. The interval begins when a run
/// ends.
///
/// ## Guarantees
/// No request is lost: after each request a run begins that sees everything that happened before the request. Runs
/// never overlap. After [#close] has returned, the task neither runs nor is running.
///
/// ## Usage
/// The task reads the newest value itself, from a field that the caller sets before [#request]. An executor that runs
/// its work in the calling thread (`Runnable::run`) makes the first run synchronous.
///
/// Thread-safe.
public final class Coalescer implements AutoCloseable {
    private final Executor runner;
    private final Executor afterInterval;
    private final Runnable task;
    private final ReentrantLock running = new ReentrantLock();

    @GuardedBy("this")
    private boolean requested;

    /// A run is due or under way, or its interval has not ended.
    @GuardedBy("this")
    private boolean busy;

    @GuardedBy("this")
    private boolean closed;

    /// @param runner runs the task
    /// @param afterInterval runs its work when the interval has passed, such as
    ///     `work -> timer.schedule(work, 200, MILLISECONDS)`
    /// @param task a failure ends the run, not the coalescer; it is passed on to `runner`
    public Coalescer(Executor runner, Executor afterInterval, Runnable task) {
        this.runner = runner;
        this.afterInterval = afterInterval;
        this.task = task;
    }

    /// Requests a run. No-op if closed.
    public void request() {
        synchronized (this) {
            requested = true;
            if (busy || closed) {
                return;
            }
            busy = true;
        }
        runner.execute(this::run);
    }

    private void run() {
        synchronized (this) {
            requested = false; // a later request may concern a change that this run does not see
        }
        running.lock();
        try {
            if (isOpen()) {
                runTask();
            }
        } finally {
            running.unlock();
        }
    }

    private void runTask() {
        try {
            task.run();
        } finally {
            afterInterval.execute(this::intervalPassed);
        }
    }

    private synchronized boolean isOpen() {
        return !closed;
    }

    private void intervalPassed() {
        synchronized (this) {
            busy = requested && !closed;
            if (!busy) {
                return;
            }
        }
        runner.execute(this::run);
    }

    /// Waits until a run that has begun ends, and drops pending requests. Called by the task itself, it does not
    /// wait.
    @Override
    public void close() {
        running.lock();
        try {
            synchronized (this) {
                closed = true;
            }
        } finally {
            running.unlock();
        }
    }
}
