package dev.mvm.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.process.Pidfd;
import java.lang.foreign.Arena;
import java.util.List;

/// A connected Unix socket; unix(7). One thread reads, one writes, and either of them closes; any other thread may
/// [#shutdown] at any time to get them out of a call.
public abstract sealed class UnixSocket implements AutoCloseable permits UnixStream, PacketSocket {
    // asm-generic/socket.h, linux/net.h
    static final int SOCK_STREAM = 1;
    static final int SOCK_SEQPACKET = 5;
    static final int SOCK_CLOEXEC = 0x8_0000;

    private static final int SHUT_RDWR = 2;

    private final Fd fd;

    UnixSocket(Fd fd) {
        this.fd = fd;
    }

    /// Takes over `given` after checking what it is: a Unix socket of which `option` has this value.
    static Fd checked(Fd given, int option, int value) throws ErrnoException {
        boolean unix = SocketOption.getInt(given, SocketOption.SO_DOMAIN) == UnixAddress.AF_UNIX;
        if (!unix || SocketOption.getInt(given, option) != value) {
            throw new ErrnoException("socket", Errno.EPROTOTYPE);
        }
        return given.move();
    }

    /// Makes two sockets that are connected with each other and have no address; socketpair(2).
    ///
    /// @param packets whether they are of the kind that [PacketSocket#own] takes, or else of [UnixStream#own]'s
    public static List<Fd> pair(boolean packets) throws ErrnoException {
        int type = SOCK_CLOEXEC | (packets ? SOCK_SEQPACKET : SOCK_STREAM);
        try (var arena = Arena.ofConfined()) {
            var ends = arena.allocate(JAVA_INT, 2);
            var _ = SystemCall.SOCKETPAIR.call(UnixAddress.AF_UNIX, type, 0, ends.address());
            return List.of(Fd.own(ends.getAtIndex(JAVA_INT, 0)), Fd.own(ends.getAtIndex(JAVA_INT, 1)));
        }
    }

    static Fd create(int type) throws ErrnoException {
        return Fd.own(SystemCall.SOCKET.call(UnixAddress.AF_UNIX, type | SOCK_CLOEXEC, 0));
    }

    /// connect(2). A listener whose queue is full makes it wait, so a hostile one could make it wait for ever: the
    /// deadline is the kernel's send timeout meanwhile.
    static Fd connect(int type, UnixAddress address, Deadline deadline) throws ErrnoException {
        try (var socket = create(type);
                var arena = Arena.ofConfined()) {
            SocketOption.sendTimeout(socket, deadline);
            var to = address.allocate(arena);
            long result = SystemCall.CONNECT.attempt(socket.number(), to.address(), to.byteSize(), 0, 0, 0);
            if (result == -Errno.EAGAIN) {
                throw new ErrnoException("connect", Errno.ETIMEDOUT);
            }
            if (result < 0) {
                throw SystemCall.CONNECT.failure(result);
            }
            SocketOption.sendTimeout(socket, Deadline.never());
            return socket.move();
        }
    }

    /// Returns the peer's identity.
    public PeerCredentials peer() throws ErrnoException {
        return PeerCredentials.of(fd);
    }

    /// The process at the other end, or ESRCH if it is gone; SO_PEERPIDFD, Linux 6.5.
    @MustBeClosed
    public Pidfd peerProcess() throws ErrnoException {
        try (var pidfd = Fd.own(SocketOption.getInt(fd, SocketOption.SO_PEERPIDFD))) {
            return Pidfd.own(pidfd);
        }
    }

    /// Ends the connection in both directions: a blocked reader sees its end, a blocked writer EPIPE; shutdown(2).
    /// Does nothing once closed.
    public synchronized void shutdown() throws ErrnoException {
        if (fd.isOpen()) {
            long result = SystemCall.SHUTDOWN.attempt(fd.number(), SHUT_RDWR, 0, 0, 0, 0);
            if (result < 0 && result != -Errno.ENOTCONN) {
                throw SystemCall.SHUTDOWN.failure(result);
            }
        }
    }

    /// The descriptor, for polling and passing on; it stays this object's.
    public Fd fd() {
        return fd;
    }

    @Override
    public synchronized void close() {
        fd.close();
    }
}
