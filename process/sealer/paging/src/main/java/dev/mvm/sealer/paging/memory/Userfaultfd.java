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

/// Access to a VMM's memory; userfaultfd(2), ioctl_userfaultfd(2), numbers and layouts of linux/userfaultfd.h. The
/// VMM has agreed on the API with the kernel (UFFDIO_API, which can be done once) and registered its memory before
/// it sends the descriptor; `/proc/self/fdinfo` has the features, and they are checked here.
///
/// Any thread may put pages. One thread at a time reads.
///
/// Not guaranteed: the VMM has the same open file, so it can take messages away, and by making it blocking in the
/// moment before [#read] block the reader for ever. The VMM waits for its own memory then; the process that serves
/// it serves no other VMM.
public final class Userfaultfd implements AutoCloseable {
    /// Nothing was done: an event has to be read first, so that the thread that caused it goes on.
    static final long AGAIN = 0;

    /// The page exists already; threads that wait for it still wait.
    static final long PRESENT = -1;

    private static final int UNREGISTER = 0x8010_aa01;
    private static final int WAKE = 0x8010_aa02;
    private static final int COPY = 0xc028_aa03;
    private static final int ZEROPAGE = 0xc020_aa04;
    private static final int COPIED = 32; // struct uffdio_copy: dst, src, len, mode, copy
    private static final int ZEROED = 24; // struct uffdio_zeropage: start, len, mode, zeropage

    /// UFFD_FEATURE_EVENT_REMOVE: without it a page that the guest gave back would return with its old contents.
    private static final long NEEDED = 1 << 3;

    /// UFFD_FEATURE_EVENT_FORK, _REMAP: the memory could appear at a second place.
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

    /// Takes over the descriptor that a VMM has sent.
    ///
    /// @throws PagingException `descriptor`; `given` stays its owner's then
    public static Userfaultfd own(Fd given) throws IOException {
        if (!Files.readSymbolicLink(given.path()).toString().equals("anon_inode:[userfaultfd]")) {
            throw new PagingException(PagingReason.DESCRIPTOR, "not a userfaultfd");
        }
        checkNonBlocking(given);
        var api = API.matcher(Files.readString(Path.of("/proc/self/fdinfo/" + given.number())));
        if (!api.find()) {
            throw new PagingException(PagingReason.DESCRIPTOR, "a userfaultfd without an API version");
        }
        long features = Long.parseUnsignedLong(api.group(1), 16);
        if ((features & (NEEDED | REFUSED)) != NEEDED) {
            throw new PagingException(PagingReason.DESCRIPTOR, "features " + Long.toHexString(features));
        }
        return new Userfaultfd(given.move());
    }

    /// Another descriptor in the place of a userfaultfd, for a rehearsal.
    ///
    /// @param other is moved
    static Userfaultfd inPlaceOf(Fd other) {
        return new Userfaultfd(other.move());
    }

    /// A blocking userfaultfd never becomes ready: poll(2) reports an error (userfaultfd_poll() in
    /// fs/userfaultfd.c).
    private static void checkNonBlocking(Fd fd) throws IOException {
        if ((fd.openFlags() & O_NONBLOCK) == 0) {
            throw new PagingException(PagingReason.DESCRIPTOR, "a userfaultfd that blocks");
        }
    }

    /// Waits until there may be an event, or `stop` is readable, or the deadline passes. For any thread.
    void await(Fd stop, Deadline deadline) throws ErrnoException {
        var _ = Poll.readable(List.of(fd, stop), deadline);
    }

    /// Reads the messages of the kernel that are there, at most sixteen.
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
                Fd.own(messages.get(JAVA_INT, at + FaultMessage.FORK_UFD))
                        .close(); // the read opened it in this process
            }
            out.add(FaultMessage.decode(messages, at));
        }
        return out;
    }

    /// Puts missing pages, and wakes the threads that wait for them; UFFDIO_COPY.
    ///
    /// @param to an address in the VMM
    /// @param from off the heap
    /// @return bytes of the whole pages that were put, perhaps not all; [#AGAIN] or [#PRESENT]
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

    /// Like [#copy], with pages of zeros; UFFDIO_ZEROPAGE.
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

    /// Wakes the threads that wait for pages in a range, present or not; UFFDIO_WAKE.
    void wake(long start, long size) throws IOException {
        check(control(WAKE, range(start, size)));
    }

    /// Leaves a range to the kernel: missing pages read as zeros from now on, and threads that wait go on;
    /// UFFDIO_UNREGISTER.
    ///
    /// @throws PagingException `not_registered`, `gone`
    void unregister(long start, long size) throws IOException {
        long result = control(UNREGISTER, range(start, size));
        check(result == -ENOMEM ? -Errno.ESRCH : result); // the error of this one call for a VMM that is gone
        // The kernel wakes first and waits for the faults of this range afterwards (userfaultfd_unregister in
        // fs/userfaultfd.c, vma_start_write): a fault in between has queued itself, and would never be woken.
        wake(start, size);
    }

    /// Returns whether a thread of the VMM has announced a change of its memory and not made it yet. Until then the
    /// kernel refuses every call that puts pages before it checks the address, so that a call for an unregistered
    /// page shows it.
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
            case Errno.ESRCH -> new PagingException(PagingReason.GONE, "the VMM's memory is gone");
            case Errno.ENOENT, Errno.EINVAL ->
                new PagingException(PagingReason.NOT_REGISTERED, "memory that the VMM announced");
            default -> SystemCall.IOCTL.failure(result);
        };
    }

    @Override
    public void close() {
        fd.close();
        arena.close();
    }
}
