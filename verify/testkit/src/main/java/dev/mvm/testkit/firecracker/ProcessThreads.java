package dev.mvm.testkit.firecracker;

import java.io.IOException;
import java.nio.channels.Channel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The threads of one process. They end when it does; a socket that one of them uses is closed with it.
final class ProcessThreads implements AutoCloseable {
    private final Set<Thread> threads = new HashSet<>();
    private final List<Throwable> failures = new ArrayList<>();
    private boolean closed;

    @FunctionalInterface
    interface Work {
        void run() throws IOException, InterruptedException;
    }

    /// Starts a thread, unless the process has ended.
    synchronized void start(String name, Work work) {
        if (!closed) {
            launch(name, work);
        }
    }

    /// Starts a thread that owns `channel`, which is closed at once if the process has ended.
    void start(String name, Channel channel, Work work) throws IOException {
        synchronized (this) {
            if (!closed) {
                launch(name, work);
                return;
            }
        }
        channel.close();
    }

    private void launch(String name, Work work) {
        var thread = Thread.ofVirtual().name(name).unstarted(() -> run(work));
        threads.add(thread);
        thread.start();
    }

    private void run(Work work) {
        try {
            work.run();
        } catch (IOException | InterruptedException e) {
            // a connection or the process has ended, and with it the thread
        } catch (RuntimeException | Error e) {
            synchronized (this) {
                failures.add(e);
            }
        } finally {
            synchronized (this) {
                threads.remove(Thread.currentThread());
            }
        }
    }

    /// Failures of test code that runs in the guest.
    synchronized List<Throwable> failures() {
        return List.copyOf(failures);
    }

    /// Interrupts all threads.
    @Override
    public synchronized void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
    }
}
