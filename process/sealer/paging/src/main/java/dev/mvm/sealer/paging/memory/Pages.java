package dev.mvm.sealer.paging.memory;

import static dev.mvm.sealer.paging.memory.GuestMemory.PAGE;

import dev.mvm.sealer.paging.PagingException;
import dev.mvm.sealer.paging.PagingReason;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// Keeps the pages of a guest that are done: they are in the VMM, were given back by it, or were left to the
/// kernel. All threads of a [MemoryFill] use it.
///
/// No page is put while events are read. As long as an event has not been read, the kernel refuses to put pages
/// (`mmap_changing` in fs/userfaultfd.c), and once it has been read, its range is known here. So no page returns
/// after the VMM has given it back. Several threads put pages at once, each page once: the kernel refuses the
/// second.
final class Pages {
    /// Most pages of one copy, for which the reader of events waits: 256 KiB take some 50 microseconds.
    private static final int AT_ONCE = 64;

    private final GuestMemory memory;
    private final Userfaultfd faults;
    // write lock: read events, leave pages to the kernel; fair, so that a thread in a loop does not keep others out
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);
    private final PageSet done = new PageSet();
    private final PageSet removed = new PageSet();
    private final PageSet left = new PageSet();
    private final FaultOrder asked = new FaultOrder();
    private final AtomicInteger onDemand = new AtomicInteger();
    private final AtomicInteger swept = new AtomicInteger();

    Pages(GuestMemory memory, Userfaultfd faults) {
        this.memory = memory;
        this.faults = faults;
    }

    /// Reads events of the VMM, and adds the pages that it waits for to `wanted`.
    ///
    /// @throws PagingException `event`, `fault_outside`, `descriptor`
    void listen(BitSet wanted) throws IOException {
        lock.writeLock().lock();
        try {
            for (var message : faults.read()) {
                switch (message) {
                    case FaultMessage.Fault(var address) -> {
                        int page = memory.page(address);
                        if (page < 0) {
                            throw new PagingException(PagingReason.FAULT_OUTSIDE, Long.toHexString(address));
                        }
                        wanted.set(page);
                        if (!removed.has(page)) {
                            asked.add(page);
                        }
                    }
                    case FaultMessage.Removed(var start, var end) -> remove(start, end);
                }
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void remove(long start, long stop) {
        for (var region : memory.regions()) {
            long from = Math.max(start, region.address());
            long to = Math.min(stop, region.end());
            if (from < to) {
                long shift = region.offset() - region.address();
                int first = (int) ((from + shift) / PAGE);
                int end = (int) ((to + shift + PAGE - 1) / PAGE);
                done.add(first, end);
                removed.add(first, end);
            }
        }
    }

    /// Leaves pages of zeros to the kernel, which makes them faster than this process.
    void leave(int page, int count) throws IOException {
        lock.writeLock().lock();
        try {
            for (int from = page; from < page + count; ) {
                int some = Math.min(page + count, memory.end(from)) - from;
                faults.unregister(memory.address(from), (long) some * PAGE);
                done.add(from, from + some);
                left.add(from, from + some);
                from += some;
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    /// Returns whether a page is done.
    boolean isDone(int page) {
        return done.has(page);
    }

    /// Puts one page that a thread waits for, and wakes the thread: `bytes`, or zeros if `bytes` is empty or the
    /// snapshot's page was in the VMM before.
    ///
    /// @param bytes one page, or of size 0
    /// @return whether the page is in the VMM; if false, events have to be read first
    boolean answer(int page, MemorySegment bytes) throws IOException {
        long address = memory.address(page);
        lock.readLock().lock();
        try {
            if (left.has(page)) {
                return true; // threads that waited were woken then
            }
            onDemand.incrementAndGet(); // before the call, so that a page which another thread finds has been counted
            long put = bytes.byteSize() == 0 || done.has(page)
                    ? faults.zero(address, PAGE)
                    : faults.copy(address, bytes, 0, PAGE);
            if (put == Userfaultfd.AGAIN) {
                onDemand.decrementAndGet();
                return false;
            }
            if (put == Userfaultfd.PRESENT) {
                onDemand.decrementAndGet();
                faults.wake(address, PAGE);
            }
            done.add(page, page + 1);
            return true;
        } finally {
            lock.readLock().unlock();
        }
    }

    /// Puts the first of `count` pages from `page` on, without those that are done.
    ///
    /// @return number of pages from `page` on that are done now; 0 if events have to be read first
    int sweep(int page, int count, MemorySegment bytes, long at) throws IOException {
        lock.readLock().lock();
        try {
            int present = done.in(page, count);
            if (present > 0) {
                return present;
            }
            int some = done.out(page, Math.min(Math.min(count, AT_ONCE), memory.end(page) - page));
            if (some == 0) {
                return 1; // another thread has put it meanwhile
            }
            long put = faults.copy(memory.address(page), bytes, at, (long) some * PAGE);
            if (put == Userfaultfd.PRESENT) {
                faults.wake(memory.address(page), PAGE);
                done.add(page, page + 1);
                return 1;
            }
            int copied = (int) (put / PAGE);
            done.add(page, page + copied);
            swept.addAndGet(copied);
            return copied;
        } finally {
            lock.readLock().unlock();
        }
    }

    MemoryFill.Facts facts() {
        return new MemoryFill.Facts(onDemand.get(), swept.get());
    }

    int[] asked() {
        return asked.pages();
    }
}
