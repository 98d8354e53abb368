package dev.mvm.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.fd.WakeUp;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;

/// A socket that waits for connections; listen(2), accept(2).
public final class UnixListener implements AutoCloseable {
    private static final int BACKLOG = 128;
    private static final int SIZEOF_SOCKADDR_STORAGE = 128; // a path of 108 bytes has a zero behind it then

    private final Fd fd;

    private UnixListener(Fd fd) {
        this.fd = fd;
    }

    /// Takes over a listening Unix socket that was inherited, be it of streams or of packets.
    ///
    /// @throws ErrnoException EPROTOTYPE if it is something else; then it stays its owner's
    public static UnixListener own(Fd inherited) throws ErrnoException {
        return new UnixListener(UnixSocket.checked(inherited, SocketOption.SO_ACCEPTCONN, 1));
    }

    /// A listener for streams under `name` in `directory`, which may be writable by someone hostile: the
    /// permissions are set on what was found to be a socket there, through a handle, never by a path.
    ///
    /// @param permissions of the socket file, whatever the umask: who may write to it may connect
    @MustBeClosed
    public static UnixListener streams(Directory directory, String name, int permissions) throws ErrnoException {
        try (var socket = UnixSocket.create(UnixSocket.SOCK_STREAM);
                var arena = Arena.ofConfined()) {
            var address = UnixAddress.in(directory, name).allocate(arena);
            var _ = SystemCall.FCHMOD.call(socket.number(), 0); // until the real ones are set, nobody connects
            var _ = SystemCall.BIND.call(socket.number(), address.address(), address.byteSize());
            permit(directory, name, permissions);
            var _ = SystemCall.LISTEN.call(socket.number(), BACKLOG);
            return new UnixListener(socket.move());
        }
    }

    private static void permit(Directory directory, String name, int permissions) throws ErrnoException {
        try (var handle = directory.openBeneath(name, OpenFlag.HANDLE);
                var arena = Arena.ofConfined()) {
            if (handle.status().kind() != FileStatus.Kind.SOCKET) {
                throw new ErrnoException("bind", Errno.EBUSY, "the socket file was replaced");
            }
            var path = arena.allocateFrom("/proc/self/fd/" + handle.number());
            var _ = SystemCall.FCHMODAT.call(0, path.address(), permissions);
        }
    }

    /// Waits for a connection, or for `stop`. A listener inherited from the service manager cannot be shut down to
    /// get a thread out of here, for the service manager would lose it too.
    ///
    /// @return the connection, for [UnixStream#own] or [PacketSocket#own]; empty once `stop` is signalled
    public Optional<Fd> accept(WakeUp stop) throws ErrnoException {
        while (!Poll.readable(List.of(fd, stop.fd()), Deadline.never()).contains(stop.fd())) {
            long result = SystemCall.ACCEPT4.attempt(fd.number(), 0, 0, UnixSocket.SOCK_CLOEXEC, 0, 0);
            if (result >= 0) {
                return Optional.of(Fd.own(result));
            }
            if (result != -Errno.EAGAIN && result != -Errno.EINTR) {
                throw SystemCall.ACCEPT4.failure(result);
            }
        }
        return Optional.empty();
    }

    /// The path that it is bound to, as the kernel knows it; getsockname(2).
    ///
    /// @return empty for an abstract name, or none
    public String path() throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var address = arena.allocate(SIZEOF_SOCKADDR_STORAGE, Short.BYTES);
            var length = arena.allocateFrom(JAVA_INT, SIZEOF_SOCKADDR_STORAGE);
            var _ = SystemCall.GETSOCKNAME.call(fd.number(), address.address(), length.address());
            return address.getString(UnixAddress.SUN_PATH);
        }
    }

    /// The descriptor, for polling; it stays this object's.
    public Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }
}
