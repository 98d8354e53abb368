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

/// Answers a VMM's page faults until told to end. It is the only reader of events, once it has begun.
final class FaultThread implements AutoCloseable {
    private static final MemorySegment ZEROS = MemorySegment.NULL;
    private static final Duration SOON = Duration.ofMillis(1);

    private final Pages pages;
    private final Userfaultfd faults;
    private final PageSource source;
    private final WakeUp wakeUp;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment page = arena.allocate(PAGE, PAGE);
    private final BitSet wanted = new BitSet(); // a set, for the VMM can ask for the same page as often as it likes
    private final Thread thread = Thread.ofPlatform().daemon().name("faults").unstarted(this::work);
    private volatile boolean ended;
    private volatile @Nullable Throwable failure;

    FaultThread(Pages pages, Userfaultfd faults, PageSource source, WakeUp wakeUp) {
        this.pages = pages;
        this.faults = faults;
        this.source = source;
        this.wakeUp = wakeUp;
    }

    /// Returns when what is asked already is known, so that it counts as asked, whoever brings it.
    void start() throws IOException {
        pages.listen(wanted);
        thread.start();
    }

    /// Ends it, and waits until it has ended.
    void end() throws ErrnoException {
        ended = true;
        wakeUp.signal();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true; // the VMM's memory is not to be left half done for that: stop() is for it
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Throws what made it end, if anything did.
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
            do { // once at least: what was asked before anything was brought has to be answered
                // a page that could not be put is tried again, when what stands in its way has been read
                faults.await(wakeUp.fd(), wanted.isEmpty() ? Deadline.never() : Deadline.in(SOON));
                var _ = wakeUp.clear(); // what it was for is in a variable
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
