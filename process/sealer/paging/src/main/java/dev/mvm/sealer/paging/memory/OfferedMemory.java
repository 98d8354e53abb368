package dev.mvm.sealer.paging.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.sealer.paging.PagingException;
import dev.mvm.sealer.paging.PagingReason;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The message of a VMM that loads a snapshot: the addresses of its memory, and the userfaultfd of it. The caller
/// makes sure that only the VMM reaches the socket.
///
/// @param memory addresses of the pages
/// @param faults gives faults and takes pages
public record OfferedMemory(GuestMemory memory, Userfaultfd faults) implements AutoCloseable {
    // linux/socket.h, linux/net.h
    private static final int SOCK_CLOEXEC = 0x8_0000;
    private static final int MSG_CTRUNC = 0x8;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;

    // struct msghdr, struct cmsghdr
    private static final int SIZEOF_MSGHDR = 56;
    private static final int MSG_CONTROLLEN = 40;
    private static final int MSG_FLAGS = 48;
    private static final int CMSG_DATA = 16;

    /// Room for one descriptor more than allowed, to notice it.
    private static final int DESCRIPTORS = 2;

    /// Waits for the first connection and takes its message. The connection is closed after that; the VMM does not
    /// expect an answer.
    ///
    /// @param listener a listening Unix socket of streams, which stays its owner's
    /// @param memoryBytes size of the guest's memory
    /// @param stop ends the wait
    /// @throws PagingException `message`, `regions`, `descriptor`, `stopped`
    /// @throws ErrnoException also ETIMEDOUT when the deadline passes
    @MustBeClosed
    public static OfferedMemory accept(Fd listener, long memoryBytes, WakeUp stop, Deadline deadline)
            throws IOException {
        while (true) {
            await(listener, stop, deadline);
            long result = SystemCall.ACCEPT4.attempt(listener.number(), 0, 0, SOCK_CLOEXEC, 0, 0);
            if (result >= 0) {
                try (var connection = Fd.own(result)) {
                    return receive(connection, memoryBytes, stop, deadline);
                }
            }
            if (result != -Errno.EAGAIN && result != -Errno.EINTR) {
                throw SystemCall.ACCEPT4.failure(result);
            }
        }
    }

    /// Takes the message of a connection, which comes in one piece: the kernel does not split a message with
    /// descriptors of this length.
    @MustBeClosed
    static OfferedMemory receive(Fd connection, long memoryBytes, WakeUp stop, Deadline deadline) throws IOException {
        var descriptors = new ArrayList<Fd>();
        try (var arena = Arena.ofConfined()) {
            var data = arena.allocate(GuestMemory.MOST_BYTES + 1L);
            var control = arena.allocate(CMSG_DATA + (long) DESCRIPTORS * Integer.BYTES, Long.BYTES);
            var header = header(arena, data, control);
            long size = transfer(connection, header, stop, deadline);
            collect(control, header.get(JAVA_LONG, MSG_CONTROLLEN), descriptors);
            if (descriptors.size() != 1 || (header.get(JAVA_INT, MSG_FLAGS) & MSG_CTRUNC) != 0) {
                throw new PagingException(PagingReason.DESCRIPTOR, "not exactly one");
            }
            var memory = GuestMemory.parse(data.asSlice(0, size).toArray(JAVA_BYTE), memoryBytes);
            return new OfferedMemory(memory, Userfaultfd.own(descriptors.getFirst()));
        } finally {
            descriptors.forEach(Fd::close); // one that was moved stays open
        }
    }

    private static long transfer(Fd connection, MemorySegment header, WakeUp stop, Deadline deadline)
            throws IOException {
        while (true) {
            await(connection, stop, deadline);
            int flags = MSG_DONTWAIT | MSG_CMSG_CLOEXEC;
            long result = SystemCall.RECVMSG.attempt(connection.number(), header.address(), flags, 0, 0, 0);
            if (result > 0) {
                return result;
            }
            if (result == 0) {
                throw new PagingException(PagingReason.MESSAGE, "connection closed without a message");
            }
            if (result != -Errno.EAGAIN && result != -Errno.EINTR) {
                throw SystemCall.RECVMSG.failure(result);
            }
        }
    }

    private static void await(Fd fd, WakeUp stop, Deadline deadline) throws IOException {
        var ready = Poll.readable(List.of(fd, stop.fd()), deadline);
        if (ready.contains(stop.fd())) {
            throw new PagingException(PagingReason.STOPPED, "before there was a message");
        }
        if (ready.isEmpty()) {
            throw new ErrnoException("poll", Errno.ETIMEDOUT);
        }
    }

    private static void collect(MemorySegment control, long length, List<Fd> descriptors) {
        for (long at = 0; length - at >= CMSG_DATA; ) {
            long end = Math.min(length, at + control.get(JAVA_LONG, at));
            boolean rights =
                    control.get(JAVA_INT, at + 8) == SOL_SOCKET && control.get(JAVA_INT, at + 12) == SCM_RIGHTS;
            for (long fd = at + CMSG_DATA; rights && fd + Integer.BYTES <= end; fd += Integer.BYTES) {
                descriptors.add(Fd.own(control.get(JAVA_INT, fd)));
            }
            at = (end + Long.BYTES - 1) & -Long.BYTES; // CMSG_ALIGN
        }
    }

    private static MemorySegment header(Arena arena, MemorySegment data, MemorySegment control) {
        var iovec = arena.allocate(2L * Long.BYTES, Long.BYTES);
        iovec.set(JAVA_LONG, 0, data.address());
        iovec.set(JAVA_LONG, 8, data.byteSize());
        var header = arena.allocate(SIZEOF_MSGHDR, Long.BYTES);
        header.set(JAVA_LONG, 16, iovec.address());
        header.set(JAVA_LONG, 24, 1);
        header.set(JAVA_LONG, 32, control.address());
        header.set(JAVA_LONG, MSG_CONTROLLEN, control.byteSize());
        return header;
    }

    /// Closes the userfaultfd.
    @Override
    public void close() {
        faults.close();
    }
}
