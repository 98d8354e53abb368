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

/// Brings a guest's memory into its VMM: what the VMM waits for at once, from a thread of its own; the working set
/// from as many threads as there are sweeps; then, while the guest runs and needs a processor, too, the rest from one.
/// Every page is brought once, and none that the VMM has given
/// back
/// before. In the end the memory is the kernel's own again, and this process is not needed any more.
///
/// If it ends before that, the VMM waits for what is missing, for good: whoever sees an exception kills the VMM, and
/// closes this only then. A VMM that gave its own descriptor away would otherwise go on with zeros.
public final class MemoryFill implements AutoCloseable {
    /// How long to wait until a thread of the VMM's has changed its memory. It is one wake-up away from that.
    private static final long CHANGING_NANOS = 20_000;

    private static final Duration CHANGING = Duration.ofMillis(1);

    private final GuestMemory memory;
    private final Userfaultfd faults;
    private final Pages pages;
    private final FaultThread faultThread;
    private final WakeUp wakeUp;
    private volatile boolean stopped;
    private volatile boolean givenUp;

    /// Is told when the guest may go on.
    @FunctionalInterface
    public interface WorkingSetIn {
        /// The working set is in; the rest follows when this returns. Faults are answered meanwhile.
        void go() throws IOException;
    }

    /// How pages came in.
    ///
    /// @param onDemand pages that something waited for, zeros included
    /// @param swept pages that were brought before anything asked
    public record Facts(int onDemand, int swept) {}

    /// @param offered becomes this object's to close, unless this throws
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

    /// Brings all of it, and returns when the VMM needs nothing more. Called once.
    ///
    /// @throws PagingException `event`, `fault_outside`, `not_registered`, `descriptor`, `gone`, `stopped`
    /// @param sweeps at least one, each for a thread, the first for the calling one. Only the first is asked for
    ///     zeros and for the rest
    /// @throws IOException also what the sources throw
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
            faultThread.rethrow(); // that came first, and the other may follow from it
            throw e;
        }
        faultThread.end();
        faultThread.rethrow();
        leaveAll();
    }

    /// Gets [#run] to throw `stopped` with the next page. Any thread may call this until this is closed.
    public void stop() throws ErrnoException {
        stopped = true;
        wakeUp.signal();
    }

    /// What has been brought.
    public Facts facts() {
        return pages.facts();
    }

    /// Which pages something waited for, in that order: at least the first 65,536 of them.
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

    /// Unregisters everything. Threads that tell about their memory meanwhile wait until that is read: after the last
    /// one nobody waits, and nobody will.
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
