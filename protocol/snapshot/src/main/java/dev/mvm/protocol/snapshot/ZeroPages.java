package dev.mvm.protocol.snapshot;

import static dev.mvm.protocol.snapshot.Machine.PAGE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/// Finds pages that are zero. In more than a few it does so with a thread of its own, ahead of the caller, who does
/// something with those before: to read all of a guest takes about as long as to seal and write what is left of it.
///
/// One thread at a time uses it. The other one lives until [#close], and has no memory of the caller's when
/// [#inWindows] returns.
final class ZeroPages implements AutoCloseable {
    /// Pages that are looked at together, and are still in the processor's cache when they are sealed.
    static final int WINDOW = 64;

    private static final int AHEAD = 64; // windows
    private static final MemorySegment ZEROS = Arena.global().allocate(PAGE);

    private final LinkedBlockingQueue<Window> asked = new LinkedBlockingQueue<>();
    private final Thread other = Thread.ofPlatform().daemon().name("zero-pages").unstarted(this::lookAhead);

    /// Takes one window.
    @FunctionalInterface
    interface Windows {
        /// Takes `count` pages from the one numbered `first` on.
        ///
        /// @param zero which of them are zero, by their numbers from `first` on
        void take(int first, int count, BitSet zero) throws IOException;
    }

    /// Gives the pages of `memory`, numbered from 0 on, in ascending windows.
    void inWindows(MemorySegment memory, int pages, Windows to) throws IOException {
        boolean shared = pages > WINDOW && memory.isAccessibleBy(other);
        int most = shared ? AHEAD : 1;
        var ahead = new ArrayDeque<Window>();
        int next = 0;
        try {
            for (int first = 0; first < pages; first += WINDOW) {
                if (ahead.size() <= most / 2) { // many at once: to wake a thread takes as long as to look at a few
                    for (; next < pages && ahead.size() < most; next += WINDOW) {
                        ahead.add(ask(shared, memory, next, Math.min(WINDOW, pages - next)));
                    }
                }
                var window = ahead.remove();
                to.take(first, window.count, window.zero());
            }
        } finally {
            ahead.forEach(Window::zero); // what the other thread has begun it also ends: then the memory may go
        }
    }

    private Window ask(boolean shared, MemorySegment memory, int first, int count) {
        var window = new Window(memory, first, count);
        if (shared) {
            if (other.getState() == Thread.State.NEW) {
                other.start();
            }
            asked.add(window);
        }
        return window;
    }

    private void lookAhead() {
        try {
            while (true) {
                asked.take().look();
            }
        } catch (InterruptedException _) { // closed
        }
    }

    static boolean isZero(MemorySegment memory, long at) {
        return MemorySegment.mismatch(memory, at, at + PAGE, ZEROS, 0, PAGE) < 0;
    }

    @Override
    public void close() {
        other.interrupt();
    }

    /// A window, scanned by the first thread that comes.
    private record Window(
            MemorySegment memory, int first, int count, AtomicBoolean begun, CompletableFuture<BitSet> found) {
        Window(MemorySegment memory, int first, int count) {
            this(memory, first, count, new AtomicBoolean(), new CompletableFuture<>());
        }

        void look() {
            if (begun.compareAndSet(false, true)) {
                try {
                    var zero = new BitSet(count);
                    for (int i = 0; i < count; i++) {
                        zero.set(i, isZero(memory, (long) (first + i) * PAGE));
                    }
                    found.complete(zero);
                } catch (Throwable e) { // the caller's
                    found.completeExceptionally(e);
                }
            }
        }

        BitSet zero() {
            look();
            return found.join();
        }
    }
}
