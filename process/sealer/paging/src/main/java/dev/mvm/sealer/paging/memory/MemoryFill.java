package dev.mvm.sealer.paging.memory;

import static dev.mvm.sealer.paging.memory.GuestMemory.PAGE;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.sealer.paging.PagingException;
import dev.mvm.sealer.paging.PagingReason;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

/// Brings a guest's memory into its VMM: pages that the VMM waits for at once, by a thread of its own; the working
/// set by one thread for each sweep; the rest by one thread, since the running guest needs a processor, too. Every
/// page is brought once, and none that the VMM has given back before. In the end the memory belongs to the kernel
/// again, and the VMM no longer needs this process.
///
/// If this ends early, the VMM waits for the missing pages for ever: after an exception the caller has the VMM
/// killed, and closes this only then. A VMM that gave its own descriptor away would otherwise go on with zeros.
public final class MemoryFill implements AutoCloseable {
    /// Wait for a thread of the VMM that is about to change its memory. It needs one wake-up for that.
    private static final long CHANGING_NANOS = 20_000;

    private static final Duration CHANGING = Duration.ofMillis(1);

    private final GuestMemory memory;
    private final Userfaultfd faults;
    private final Pages pages;
    private final FaultThread faultThread;
    private final WakeUp wakeUp;
    private volatile boolean stopped;
    private volatile boolean givenUp;

    /// Called when the guest may run.
    @FunctionalInterface
    public interface WorkingSetIn {
        /// Runs after the working set is in. The rest follows when this returns; faults are answered meanwhile.
        void go() throws IOException;
    }

    /// Numbers of pages that came in.
    ///
    /// @param onDemand pages that a thread of the VMM waited for, zeros included
    /// @param swept pages that were brought before a thread waited for them
    public record Facts(int onDemand, int swept) {}

    /// @param offered closed by this object, unless this throws
    /// @param source used by the thread that answers faults
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // closed by close()
    public MemoryFill(OfferedMemory offered, PageSource source) throws ErrnoException {
        this.memory = offered.memory();
        this.faults = offered.faults();
        this.wakeUp = new WakeUp();
        this.pages = new Pages(memory, faults);
        this.faultThread = new FaultThread(pages, faults, source, wakeUp);
    }

    /// Brings all pages, and returns when the VMM needs no more. Called once.
    ///
    /// @param sweeps at least one, each for a thread, the first for the calling one. Only the first gives the zeros
    ///     and the rest
    /// @throws PagingException `event`, `fault_outside`, `not_registered`, `descriptor`, `gone`, `stopped`
    /// @throws IOException also exceptions of the sources
    public void run(List<PageSweep> sweeps, WorkingSetIn workingSetIn) throws IOException {
        var sweepers = new Sweepers(List.copyOf(sweeps), () -> givenUp = true);
        faultThread.start();
        try {
            sweeps.getFirst().zeros(this::leave);
            sweepers.run(sweep -> sweep.workingSet(this::bring));
            check();
            workingSetIn.go();
            sweeps.getFirst().rest(this::bring);
            check();
        } catch (IOException | RuntimeException | Error e) {
            faultThread.end();
            faultThread.rethrow(); // its failure came first, and may have caused this one
            throw e;
        }
        faultThread.end();
        faultThread.rethrow();
        leaveAll();
    }

    /// Makes [#run] throw `stopped` at the next page. Any thread may call this until this is closed.
    public void stop() throws ErrnoException {
        stopped = true;
        wakeUp.signal();
    }

    /// Numbers of pages so far.
    public Facts facts() {
        return pages.facts();
    }

    /// Pages that a thread of the VMM waited for, in that order: at least the first 65,536 of them.
    public int[] asked() {
        return pages.asked();
    }

    private void check() throws IOException {
        faultThread.rethrow();
        if (stopped) {
            throw new PagingException(PagingReason.STOPPED, "before all memory was in");
        }
        if (givenUp) {
            throw new PagingException(PagingReason.STOPPED, "with another thread");
        }
    }

    private void leave(int page, int count) throws IOException {
        Objects.checkFromIndexSize(page, count, memory.pages());
        check();
        pages.leave(page, count);
    }

    private void bring(int page, int count, MemorySegment bytes, long at) throws IOException {
        Objects.checkFromIndexSize(page, count, memory.pages());
        for (int done = 0; done < count; ) {
            check();
            int some = pages.sweep(page + done, count - done, bytes, at + (long) done * PAGE);
            if (some == 0) {
                LockSupport.parkNanos(CHANGING_NANOS); // the other thread reads the event
            }
            done += some;
        }
    }

    /// Unregisters all memory. A thread of the VMM that changes its memory meanwhile waits until its event is read:
    /// after the last event no thread waits, and none will.
    private void leaveAll() throws IOException {
        for (var region : memory.regions()) {
            faults.unregister(region.address(), region.bytes());
        }
        var _ = wakeUp.clear();
        long any = memory.address(0);
        while (faults.isChanging(any)) {
            check();
            faults.await(wakeUp.fd(), Deadline.in(CHANGING));
            var _ = faults.read();
        }
    }

    @Override
    public void close() {
        faultThread.close();
        faults.close();
        wakeUp.close();
    }
}
