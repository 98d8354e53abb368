package dev.mvm.sealer.paging.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.call.PerThread;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import dev.mvm.sealer.paging.PagingException;
import dev.mvm.sealer.paging.PagingReason;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/// The other end of a VMM's memory; userfaultfd(2), ioctl_userfaultfd(2), numbers and layouts of linux/userfaultfd.h.
/// The VMM has agreed on the API with the kernel (UFFDIO_API, which can be done once) and registered its memory before
/// it sends this; what it agreed on is in `/proc/self/fdinfo`, and checked here.
///
/// Any thread may put pages. One at a time reads.
///
/// Not guaranteed: the VMM has the same open file, so it can take messages away, and by making it blocking in the
/// moment before [#read] leave the reader there for good. It waits for its own memory then; the process that serves it
/// serves nobody else.
public final class Userfaultfd implements AutoCloseable {
    /// Nothing was done: first there is an event to be read, and its author to go on.
    static final long AGAIN = 0;

    /// There is a page already; who waits for it still waits.
    static final long PRESENT = -1;

    private static final int UNREGISTER = 0x8010_aa01;
    private static final int WAKE = 0x8010_aa02;
    private static final int COPY = 0xc028_aa03;
    private static final int ZEROPAGE = 0xc020_aa04;
    private static final int COPIED = 32; // struct uffdio_copy: dst, src, len, mode, copy
    private static final int ZEROED = 24; // struct uffdio_zeropage: start, len, mode, zeropage

    /// UFFD_FEATURE_EVENT_REMOVE: without it a page that the guest gave back would come back with what was in it.
    private static final long NEEDED = 1 << 3;

    /// UFFD_FEATURE_EVENT_FORK, _REMAP: memory that is then somewhere else, too.
    private static final long REFUSED = 1 << 1 | 1 << 2;

    /// fs/userfaultfd.c, userfaultfd_show_fdinfo: UFFD_API, features, calls.
    private static final Pattern API = Pattern.compile("(?m)^API:\taa:([0-9a-f]{1,16}):");

    private static final int O_NONBLOCK = 0x800; // asm-generic/fcntl.h
    private static final int ENOMEM = 12; // asm-generic/errno-base.h
    private static final int MESSAGES = 16;

    private final Fd fd;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment messages = arena.allocate(MESSAGES * FaultMessage.SIZE, Long.BYTES);

    private Userfaultfd(Fd fd) {
        this.fd = fd;
    }

    /// Takes over what a VMM has sent.
    ///
    /// @throws PagingException `descriptor`; then it stays its owner's
    public static Userfaultfd own(Fd given) throws IOException {
        if (!Files.readSymbolicLink(given.path()).toString().equals("anon_inode:[userfaultfd]")) {
            throw new PagingException(PagingReason.DESCRIPTOR, "not a userfaultfd");
        }
        checkNonBlocking(given);
        var api = API.matcher(Files.readString(Path.of("/proc/self/fdinfo/" + given.number())));
        if (!api.find()) {
            throw new PagingException(PagingReason.DESCRIPTOR, "a userfaultfd of which nothing is known");
        }
        long features = Long.parseUnsignedLong(api.group(1), 16);
        if ((features & (NEEDED | REFUSED)) != NEEDED) {
            throw new PagingException(PagingReason.DESCRIPTOR, "features " + Long.toHexString(features));
        }
        return new Userfaultfd(given.move());
    }

    /// What is none, for a rehearsal.
    ///
    /// @param other moved
    static Userfaultfd inPlaceOf(Fd other) {
        return new Userfaultfd(other.move());
    }

    /// A blocking one never becomes ready, says userfaultfd_poll() in fs/userfaultfd.c; it is in error.
    private static void checkNonBlocking(Fd fd) throws IOException {
        if ((fd.openFlags() & O_NONBLOCK) == 0) {
            throw new PagingException(PagingReason.DESCRIPTOR, "a userfaultfd that blocks");
        }
    }

    /// Waits until there may be something to read, or `stop` is readable, or the deadline passes. For any thread.
    void await(Fd stop, Deadline deadline) throws ErrnoException {
        var _ = Poll.readable(List.of(fd, stop), deadline);
    }

    /// What the kernel has to say, at most sixteen messages; none if there is nothing.
    ///
    /// @throws PagingException `event`
    List<FaultMessage> read() throws IOException {
        checkNonBlocking(fd);
        long size = SystemCall.READ.attempt(fd.number(), messages, 0);
        if (size == -Errno.EAGAIN || size == -Errno.EINTR) {
            return List.of();
        }
        if (size < 0) {
            throw SystemCall.READ.failure(size);
        }
        var out = new ArrayList<FaultMessage>();
        for (long at = 0; at + FaultMessage.SIZE <= size; at += FaultMessage.SIZE) {
            if ((messages.get(JAVA_BYTE, at) & 0xff) == FaultMessage.EVENT_FORK) {
                Fd.own(messages.get(JAVA_INT, at + FaultMessage.FORK_UFD)).close(); // reading has made it ours
            }
            out.add(FaultMessage.decode(messages, at));
        }
        return out;
    }

    /// Puts pages where there are none, and wakes who waits for them; UFFDIO_COPY.
    ///
    /// @param to an address in the VMM
    /// @param from off the heap
    /// @return bytes done, of whole pages and perhaps not all, [#AGAIN] or [#PRESENT]
    /// @throws PagingException `not_registered`, `gone`
    long copy(long to, MemorySegment from, long at, long size) throws IOException {
        Objects.checkFromIndexSize(at, size, from.byteSize());
        var argument = PerThread.transfer();
        argument.set(JAVA_LONG, 0, to);
        argument.set(JAVA_LONG, 8, from.address() + at);
        argument.set(JAVA_LONG, 16, size);
        argument.set(JAVA_LONG, 24, 0); // mode
        argument.set(JAVA_LONG, COPIED, 0);
        return put(argument, COPY, size, COPIED);
    }

    /// As [#copy], pages of zeros; UFFDIO_ZEROPAGE.
    long zero(long to, long size) throws IOException {
        var argument = range(to, size);
        argument.set(JAVA_LONG, 16, 0); // mode
        argument.set(JAVA_LONG, ZEROED, 0);
        return put(argument, ZEROPAGE, size, ZEROED);
    }

    private long put(MemorySegment argument, int request, long size, long doneAt) throws IOException {
        long result = control(request, argument);
        if (result >= 0) {
            return size;
        }
        if (result == -Errno.EAGAIN) { // some kernels leave the number as it was, some put an error there
            return Math.max(AGAIN, argument.get(JAVA_LONG, doneAt));
        }
        if (result == -Errno.EEXIST) {
            return PRESENT;
        }
        throw failure(result);
    }

    /// Wakes who waits for pages in a range, whether they are there or not; UFFDIO_WAKE.
    void wake(long start, long size) throws IOException {
        check(control(WAKE, range(start, size)));
    }

    /// Leaves a range to the kernel: what is missing reads as zeros from now on, and who waits goes on;
    /// UFFDIO_UNREGISTER.
    ///
    /// @throws PagingException `not_registered`, `gone`
    void unregister(long start, long size) throws IOException {
        long result = control(UNREGISTER, range(start, size));
        check(result == -ENOMEM ? -Errno.ESRCH : result); // how this one call says that the VMM is gone
        // The kernel wakes first and waits for the faults of this range afterwards (userfaultfd_unregister in
        // fs/userfaultfd.c, vma_start_write): one that was on its way in between has queued itself, and nobody would
        // wake it.
        wake(start, size);
    }

    /// Whether some thread of the VMM is between telling about its memory and changing it. Then every call that puts
    /// pages is refused before it looks at them, so a call for no use tells.
    ///
    /// @param unregistered the address of a page that is not registered
    boolean isChanging(long unregistered) {
        var argument = range(unregistered, GuestMemory.PAGE);
        argument.set(JAVA_LONG, 16, 0);
        return control(ZEROPAGE, argument) == -Errno.EAGAIN;
    }

    private static MemorySegment range(long start, long size) {
        var argument = PerThread.transfer();
        argument.set(JAVA_LONG, 0, start);
        argument.set(JAVA_LONG, 8, size);
        return argument;
    }

    private long control(int request, MemorySegment argument) {
        return SystemCall.IOCTL.attempt(fd.number(), request & 0xffff_ffffL, argument.address(), 0, 0, 0);
    }

    private static void check(long result) throws IOException {
        if (result < 0) {
            throw failure(result);
        }
    }

    private static IOException failure(long result) {
        return switch ((int) -result) {
            case Errno.ESRCH -> new PagingException(PagingReason.GONE, "no such memory any more");
            case Errno.ENOENT, Errno.EINVAL ->
                new PagingException(PagingReason.NOT_REGISTERED, "memory that was announced");
            default -> SystemCall.IOCTL.failure(result);
        };
    }

    @Override
    public void close() {
        fd.close();
        arena.close();
    }
}
