package dev.mvm.linux.socket;

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
import java.lang.foreign.MemorySegment;

/// A connection that carries bytes (SOCK_STREAM); recv(2), send(2). Descriptors sent along with bytes are closed by
/// the kernel, unseen.
///
/// The forms with an array pass through a buffer of the thread's that is not wiped: secrets take those with a
/// segment.
public final class UnixStream extends UnixSocket {
    private UnixStream(Fd fd) {
        super(fd);
    }

    /// Takes over a connected stream socket.
    ///
    /// @throws ErrnoException EPROTOTYPE if it is something else; then it stays its owner's
    public static UnixStream own(Fd fd) throws ErrnoException {
        return new UnixStream(checked(fd, SocketOption.SO_TYPE, SOCK_STREAM));
    }

    /// Connects to a listener.
    ///
    /// @throws ErrnoException also ETIMEDOUT, if the listener's queue stays full until the deadline
    @MustBeClosed
    public static UnixStream connect(UnixAddress address, Deadline deadline) throws ErrnoException {
        return new UnixStream(connect(SOCK_STREAM, address, deadline));
    }

    /// Connects to the listener `name` in a directory that someone hostile may write to. The socket must belong to the
    /// owner of the directory; symbolic links are not followed. openat2(2), `RESOLVE_NO_SYMLINKS`.
    ///
    /// @throws ErrnoException also ELOOP for a symbolic link, EPERM for what is not a socket of that owner, and
    ///     ETIMEDOUT as the other [#connect]
    @MustBeClosed
    public static UnixStream connect(Directory directory, String name, Deadline deadline) throws ErrnoException {
        try (var handle = directory.openBeneath(name, OpenFlag.HANDLE)) {
            var found = handle.status();
            if (found.kind() != FileStatus.Kind.SOCKET
                    || found.uid() != directory.fd().status().uid()) {
                throw new ErrnoException("connect", Errno.EPERM, "not a socket of the directory's owner");
            }
            return connect(UnixAddress.of(handle), deadline);
        }
    }

    /// Reads what there is into off-heap memory, at most as much as it holds; waits for the first byte.
    ///
    /// @return how many, or -1 at the end of the stream
    /// @throws ErrnoException also ETIMEDOUT when the deadline passes
    public int read(MemorySegment into, Deadline deadline) throws ErrnoException {
        int got = transfer(SystemCall.RECVFROM, into, deadline);
        return got == 0 && into.byteSize() > 0 ? -1 : got;
    }

    /// Writes all of an off-heap memory.
    ///
    /// @throws ErrnoException EPIPE if the other end is gone, ETIMEDOUT when the deadline passes: then some bytes
    ///     have been written and the connection is good for nothing
    public void write(MemorySegment from, Deadline deadline) throws ErrnoException {
        long done = 0;
        while (done < from.byteSize()) {
            done += transfer(SystemCall.SENDTO, from.asSlice(done), deadline);
        }
    }

    /// Blocks in the call itself where it can: a poll(2) before it would be a second system call for each message.
    private int transfer(SystemCall call, MemorySegment memory, Deadline deadline) throws ErrnoException {
        int flags = Messages.MSG_NOSIGNAL | (deadline.isBounded() ? Messages.MSG_DONTWAIT : 0);
        while (true) {
            long result = call.attempt(fd().number(), memory, flags);
            if (result >= 0) {
                return (int) result;
            }
            if (result == -Errno.EAGAIN) {
                Poll.await(fd(), call == SystemCall.RECVFROM ? Poll.Event.READABLE : Poll.Event.WRITABLE, deadline);
            } else if (result != -Errno.EINTR) {
                throw call.failure(result);
            }
        }
    }
}
