package dev.mvm.paging.memory;

import static dev.mvm.paging.memory.GuestMemory.PAGE;

import dev.mvm.paging.PagingException;
import dev.mvm.paging.Reason;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.concurrent.locks.ReentrantLock;

/// Which pages of a guest are not the snapshot's business any more, because they are in the VMM, or were given back by
/// it. Both threads of a [MemoryFill] use it.
///
/// Events are read under the same lock under which pages are put: as long as one has not been read, the kernel refuses
/// to put any (`mmap_changing` in fs/userfaultfd.c), and once it has been read, what it says is known here. So no page
/// comes back after the VMM has given it away.
final class Pages {
    /// How many are copied while the other thread waits: 256 KiB take some 50 microseconds.
    private static final int AT_ONCE = 64;

    private final GuestMemory memory;
    private final Userfaultfd faults;
    private final ReentrantLock lock = new ReentrantLock(true); // a thread in a loop must not keep the other out
    private final BitSet done = new BitSet(); // guarded by the lock, as all below
    private int onDemand;
    private int swept;

    Pages(GuestMemory memory, Userfaultfd faults) {
        this.memory = memory;
        this.faults = faults;
    }

    /// Reads what the VMM has to say, and adds what it waits for to `wanted`.
    ///
    /// @throws PagingException `event`, `fault_outside`, `descriptor`
    void listen(BitSet wanted) throws IOException {
        lock.lock();
        try {
            for (var message : faults.read()) {
                switch (message) {
                    case FaultMessage.Fault(var address) -> {
                        int page = memory.page(address);
                        if (page < 0) {
                            throw new PagingException(Reason.FAULT_OUTSIDE, Long.toHexString(address));
                        }
                        wanted.set(page);
                    }
                    case FaultMessage.Removed(var start, var end) -> remove(start, end);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void remove(long start, long end) {
        for (var region : memory.regions()) {
            long from = Math.max(start, region.address());
            long to = Math.min(end, region.end());
            if (from < to) {
                long shift = region.offset() - region.address();
                done.set((int) ((from + shift) / PAGE), (int) ((to + shift + PAGE - 1) / PAGE));
            }
        }
    }

    /// Whether the snapshot has nothing to say about a page any more.
    boolean isDone(int page) {
        lock.lock();
        try {
            return done.get(page);
        } finally {
            lock.unlock();
        }
    }

    /// Puts one page that something waits for: `bytes`, or zeros if there are none or if the snapshot's page has been
    /// in the VMM before. If it is there now, whoever waits is woken.
    ///
    /// @param bytes one page, or of size 0
    /// @return whether it is there; if not, events are to be read first
    boolean answer(int page, MemorySegment bytes) throws IOException {
        long address = memory.address(page);
        lock.lock();
        try {
            long put = bytes.byteSize() == 0 || done.get(page)
                    ? faults.zero(address, PAGE)
                    : faults.copy(address, bytes, 0, PAGE);
            if (put == Userfaultfd.AGAIN) {
                return false;
            }
            if (put == Userfaultfd.PRESENT) {
                faults.wake(address, PAGE);
            } else {
                onDemand++;
            }
            done.set(page);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Puts the first of `count` pages from `page` on, without those that are done.
    ///
    /// @return how many of them need no further thought; none if events are to be read first
    int sweep(int page, int count, MemorySegment bytes, long at) throws IOException {
        lock.lock();
        try {
            int first = Math.min(page + count, done.nextClearBit(page));
            if (first > page) {
                return first - page;
            }
            int next = done.nextSetBit(page);
            int some = Math.min(Math.min(count, AT_ONCE), memory.end(page) - page);
            some = next < 0 ? some : Math.min(some, next - page);
            long put = faults.copy(memory.address(page), bytes, at, (long) some * PAGE);
            if (put == Userfaultfd.PRESENT) {
                faults.wake(memory.address(page), PAGE);
                done.set(page);
                return 1;
            }
            int copied = (int) (put / PAGE);
            done.set(page, page + copied);
            swept += copied;
            return copied;
        } finally {
            lock.unlock();
        }
    }

    MemoryFill.Facts facts() {
        lock.lock();
        try {
            return new MemoryFill.Facts(onDemand, swept);
        } finally {
            lock.unlock();
        }
    }
}
