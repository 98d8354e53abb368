package dev.mvm.sealer.paging.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.sealer.paging.PagingException;
import dev.mvm.sealer.paging.PagingReason;
import java.lang.foreign.MemorySegment;

/// A message of the kernel about a VMM's memory: `struct uffd_msg` of linux/userfaultfd.h.
sealed interface FaultMessage {
    /// sizeof(struct uffd_msg)
    int SIZE = 32;

    int EVENT_FORK = 0x13;

    /// Offset of the new descriptor in a message about a fork.
    int FORK_UFD = 8;

    /// A thread waits for the page at `address`.
    record Fault(long address) implements FaultMessage {}

    /// The VMM gives back its memory from `start` to before `end`, for the balloon or by unmapping it. Its thread
    /// waits until this has been read.
    record Removed(long start, long end) implements FaultMessage {}

    /// Reads the message at `at`.
    ///
    /// @throws PagingException `event`
    static FaultMessage decode(MemorySegment messages, long at) throws PagingException {
        int event = messages.get(JAVA_BYTE, at) & 0xff;
        long first = messages.get(JAVA_LONG, at + 8);
        long second = messages.get(JAVA_LONG, at + 16);
        return switch (event) {
            case 0x12 -> { // UFFD_EVENT_PAGEFAULT: flags, address
                if ((first & ~1) != 0) { // not only UFFD_PAGEFAULT_FLAG_WRITE
                    throw new PagingException(PagingReason.EVENT, "a fault with flags " + first);
                }
                yield new Fault(second);
            }
            case 0x15, 0x16 -> { // UFFD_EVENT_REMOVE, UFFD_EVENT_UNMAP: start, end
                if (first < 0 || second < first) {
                    throw new PagingException(PagingReason.EVENT, "a removed range that ends before it begins");
                }
                yield new Removed(first, second);
            }
            default -> throw new PagingException(PagingReason.EVENT, "event " + event);
        };
    }
}
