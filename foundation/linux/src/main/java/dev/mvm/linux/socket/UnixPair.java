package dev.mvm.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import java.lang.foreign.Arena;

/// Two Unix sockets that are connected with each other and have no address; socketpair(2).
public record UnixPair(Fd left, Fd right) implements AutoCloseable {
    /// Connects two.
    ///
    /// @param packets whether they are of the kind that [PacketSocket#own] takes, or else of [UnixStream#own]'s
    @MustBeClosed
    public static UnixPair create(boolean packets) throws ErrnoException {
        int type = UnixSocket.SOCK_CLOEXEC | (packets ? UnixSocket.SOCK_SEQPACKET : UnixSocket.SOCK_STREAM);
        try (var arena = Arena.ofConfined()) {
            var ends = arena.allocate(JAVA_INT, 2);
            var _ = SystemCall.SOCKETPAIR.call(UnixAddress.AF_UNIX, type, 0, ends.address());
            return new UnixPair(Fd.own(ends.getAtIndex(JAVA_INT, 0)), Fd.own(ends.getAtIndex(JAVA_INT, 1)));
        }
    }

    @Override
    public void close() {
        left.close();
        right.close();
    }
}
