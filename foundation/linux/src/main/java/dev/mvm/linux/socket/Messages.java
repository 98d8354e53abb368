package dev.mvm.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Messages with descriptors; sendmsg(2), recvmsg(2), cmsg(3). A received descriptor is owned from the moment the
/// kernel has made it: whatever is wrong with the message, it is closed.
final class Messages {
    // linux/socket.h
    static final int MSG_DONTWAIT = 0x40;
    static final int MSG_NOSIGNAL = 0x4000;

    private static final int MSG_CTRUNC = 0x8;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int SCM_MAX_FD = 253; // net/scm.h

    // struct msghdr, struct cmsghdr
    private static final int SIZEOF_MSGHDR = 56;
    private static final int MSG_CONTROLLEN = 40;
    private static final int MSG_FLAGS = 48;
    private static final int CMSG_DATA = 16;

    private Messages() {}

    static void send(Fd socket, MemorySegment to, byte[] bytes, List<Fd> descriptors, Deadline deadline)
            throws ErrnoException {
        if (bytes.length == 0 || descriptors.size() > SCM_MAX_FD) {
            throw new IllegalArgumentException("an empty message, or one with more than 253 descriptors");
        }
        try (var arena = Arena.ofConfined()) {
            var control = descriptors.isEmpty() ? MemorySegment.NULL : rights(arena, descriptors);
            var header = header(arena, to, arena.allocateFrom(JAVA_BYTE, bytes), control);
            var _ = transfer(SystemCall.SENDMSG, socket, header, MSG_NOSIGNAL, deadline);
        }
    }

    static Optional<Packet> receive(Fd socket, int mostBytes, int mostDescriptors, Deadline deadline)
            throws ErrnoException {
        if (mostBytes < 1 || mostDescriptors < 0 || mostDescriptors > SCM_MAX_FD) {
            throw new IllegalArgumentException("a packet has bytes, and at most 253 descriptors");
        }
        try (var arena = Arena.ofConfined()) {
            var data = arena.allocate(mostBytes);
            var control = arena.allocate(CMSG_DATA + (long) Integer.BYTES * mostDescriptors, Long.BYTES);
            var header = header(arena, MemorySegment.NULL, data, control);
            long size = transfer(SystemCall.RECVMSG, socket, header, MSG_CMSG_CLOEXEC, deadline);
            var descriptors = new ArrayList<Fd>();
            try {
                collect(control, header.get(JAVA_LONG, MSG_CONTROLLEN), descriptors);
                check(header.get(JAVA_INT, MSG_FLAGS), descriptors.size(), mostDescriptors);
            } catch (ErrnoException | RuntimeException e) {
                descriptors.forEach(Fd::close);
                throw e;
            }
            if (size > 0) {
                return Optional.of(new Packet(data.asSlice(0, size).toArray(JAVA_BYTE), descriptors));
            }
            descriptors.forEach(Fd::close); // an empty packet can carry some
            return Optional.empty();
        }
    }

    private static void check(int flags, int descriptors, int mostDescriptors) throws ErrnoException {
        if ((flags & MSG_TRUNC) != 0) {
            throw new ErrnoException("recvmsg", Errno.EMSGSIZE, "packet too long");
        }
        if ((flags & MSG_CTRUNC) != 0 || descriptors > mostDescriptors) {
            throw new ErrnoException("recvmsg", Errno.EMSGSIZE, "too many descriptors");
        }
    }

    /// Owns every descriptor in the control data before it complains about anything.
    private static void collect(MemorySegment control, long length, List<Fd> descriptors) throws ErrnoException {
        boolean foreign = false;
        long at = 0;
        while (length - at >= CMSG_DATA) {
            long end = at + control.get(JAVA_LONG, at);
            boolean rights =
                    control.get(JAVA_INT, at + 8) == SOL_SOCKET && control.get(JAVA_INT, at + 12) == SCM_RIGHTS;
            for (long fd = at + CMSG_DATA; rights && fd + Integer.BYTES <= end; fd += Integer.BYTES) {
                descriptors.add(Fd.own(control.get(JAVA_INT, fd)));
            }
            foreign |= !rights;
            at = (end + Long.BYTES - 1) & -Long.BYTES; // CMSG_ALIGN
        }
        if (foreign) {
            throw new ErrnoException("recvmsg", Errno.EBADMSG, "control data that is no descriptor");
        }
    }

    private static MemorySegment rights(Arena arena, List<Fd> descriptors) {
        var control = arena.allocate(CMSG_DATA + (long) Integer.BYTES * descriptors.size(), Long.BYTES);
        control.set(JAVA_LONG, 0, control.byteSize());
        control.set(JAVA_INT, 8, SOL_SOCKET);
        control.set(JAVA_INT, 12, SCM_RIGHTS);
        for (int i = 0; i < descriptors.size(); i++) {
            control.set(
                    JAVA_INT,
                    CMSG_DATA + (long) Integer.BYTES * i,
                    descriptors.get(i).number());
        }
        return control;
    }

    private static MemorySegment header(Arena arena, MemorySegment name, MemorySegment data, MemorySegment control) {
        var iovec = arena.allocate(2L * Long.BYTES, Long.BYTES);
        iovec.set(JAVA_LONG, 0, data.address());
        iovec.set(JAVA_LONG, 8, data.byteSize());
        var header = arena.allocate(SIZEOF_MSGHDR, Long.BYTES);
        header.set(JAVA_LONG, 0, name.address());
        header.set(JAVA_INT, 8, (int) name.byteSize());
        header.set(JAVA_LONG, 16, iovec.address());
        header.set(JAVA_LONG, 24, 1);
        header.set(JAVA_LONG, 32, control.address());
        header.set(JAVA_LONG, MSG_CONTROLLEN, control.byteSize());
        return header;
    }

    private static long transfer(SystemCall call, Fd socket, MemorySegment header, int flags, Deadline deadline)
            throws ErrnoException {
        int all = flags | (deadline.isBounded() ? MSG_DONTWAIT : 0);
        while (true) {
            long result = call.attempt(socket.number(), header.address(), all, 0, 0, 0);
            if (result >= 0) {
                return result;
            }
            if (result == -Errno.EAGAIN) {
                Poll.await(socket, call == SystemCall.RECVMSG ? Poll.Event.READABLE : Poll.Event.WRITABLE, deadline);
            } else if (result != -Errno.EINTR) {
                throw call.failure(result);
            }
        }
    }
}
