package dev.mvm.guestd;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.UnixSocket;
import java.util.List;

/// Both ends of a connection within this process.
record UnixPair(Fd left, Fd right) implements AutoCloseable {
    @MustBeClosed
    private UnixPair(List<Fd> ends) {
        this(ends.getFirst(), ends.getLast());
    }

    /// Connects two ends that carry packets.
    @MustBeClosed
    static UnixPair packets() throws ErrnoException {
        return new UnixPair(UnixSocket.pair(true));
    }

    /// Connects two ends that carry a stream.
    @MustBeClosed
    static UnixPair streams() throws ErrnoException {
        return new UnixPair(UnixSocket.pair(false));
    }

    @Override
    public void close() {
        left.close();
        right.close();
    }
}
