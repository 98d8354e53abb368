package dev.mvm.sealer.paging.memory;

import static dev.mvm.sealer.paging.memory.GuestMemory.PAGE;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.WakeUp;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/// Answers a VMM's page faults until [#end]. Once it has started, it is the only reader of events.
final class FaultThread implements AutoCloseable {
    private static final MemorySegment ZEROS = MemorySegment.NULL;
    private static final Duration SOON = Duration.ofMillis(1);

    private final Pages pages;
    private final Userfaultfd faults;
    private final PageSource source;
    private final WakeUp wakeUp;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment page = arena.allocate(PAGE, PAGE);
    private final BitSet wanted = new BitSet(); // a set: the VMM can fault on one page any number of times
    private final Thread thread = Thread.ofPlatform().daemon().name("faults").unstarted(this::work);
    private volatile boolean ended;
    private volatile @Nullable Throwable failure;

    FaultThread(Pages pages, Userfaultfd faults, PageSource source, WakeUp wakeUp) {
        this.pages = pages;
        this.faults = faults;
        this.source = source;
        this.wakeUp = wakeUp;
    }

    /// Starts the thread after the faults so far have been read, so that they count as faults even if a sweep
    /// brings their pages.
    void start() throws IOException {
        pages.listen(wanted);
        thread.start();
    }

    /// Ends the thread, and waits until it has ended.
    void end() throws ErrnoException {
        ended = true;
        wakeUp.signal();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true; // an interrupt must not leave the VMM's memory incomplete; stop() does that
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Throws the failure that ended the thread, if there was one.
    void rethrow() throws IOException {
        switch (failure) {
            case null -> {}
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new AssertionError(e);
        }
    }

    private void work() {
        try {
            do { // at least once: faults from before the start have to be answered
                // a page that could not be put is tried again after the next events have been read
                faults.await(wakeUp.fd(), wanted.isEmpty() ? Deadline.never() : Deadline.in(SOON));
                var _ = wakeUp.clear(); // its reason is in a variable
                pages.listen(wanted);
                answer();
            } while (!ended);
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        } finally {
            page.fill((byte) 0);
        }
    }

    private void answer() throws IOException {
        for (int number = wanted.nextSetBit(0); number >= 0; number = wanted.nextSetBit(number + 1)) {
            boolean some = !pages.isDone(number) && source.page(number, page);
            if (!pages.answer(number, some ? page : ZEROS)) {
                return;
            }
            wanted.clear(number);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
