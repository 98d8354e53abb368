package dev.mvm.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Options of the socket layer (SOL_SOCKET); socket(7), getsockopt(2). Numbers of `asm-generic/socket.h`.
final class SocketOption {
    static final int SO_TYPE = 3;
    static final int SO_ACCEPTCONN = 30;
    static final int SO_DOMAIN = 39;
    static final int SO_PEERPIDFD = 77;

    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDTIMEO = 21;
    private static final int SIZEOF_TIMEVAL = 16;

    private SocketOption() {}

    static void get(Fd socket, int option, MemorySegment value) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var length = arena.allocateFrom(JAVA_INT, (int) value.byteSize());
            var _ = SystemCall.GETSOCKOPT.call(socket.number(), SOL_SOCKET, option, value.address(), length.address());
            if (length.get(JAVA_INT, 0) != value.byteSize()) {
                throw new ErrnoException("getsockopt", Errno.EBADMSG);
            }
        }
    }

    static int getInt(Fd socket, int option) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var value = arena.allocate(JAVA_INT);
            get(socket, option, value);
            return value.get(JAVA_INT, 0);
        }
    }

    /// Longest wait of connect(2) and sends; 0, as for an unbounded deadline, is for ever.
    static void sendTimeout(Fd socket, Deadline deadline) throws ErrnoException {
        long millis = deadline.isBounded() ? Math.max(1, deadline.millisLeft()) : 0;
        try (var arena = Arena.ofConfined()) {
            var timeval = arena.allocate(SIZEOF_TIMEVAL, Long.BYTES);
            timeval.set(JAVA_LONG, 0, millis / 1000);
            timeval.set(JAVA_LONG, 8, millis % 1000 * 1000);
            var _ = SystemCall.SETSOCKOPT.call(
                    socket.number(), SOL_SOCKET, SO_SNDTIMEO, timeval.address(), SIZEOF_TIMEVAL);
        }
    }
}
