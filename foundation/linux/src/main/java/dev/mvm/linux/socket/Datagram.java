package dev.mvm.linux.socket;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import java.lang.foreign.Arena;
import java.util.List;

/// A message to a socket that is not connected (SOCK_DGRAM); unix(7).
public final class Datagram {
    private static final int SOCK_DGRAM = 2; // linux/net.h

    private Datagram() {}

    /// Sends one message, with descriptors if there are any; they stay their owner's.
    ///
    /// @throws ErrnoException also ETIMEDOUT, if the receiver's queue stays full until the deadline
    public static void send(UnixAddress to, byte[] bytes, List<Fd> descriptors, Deadline deadline)
            throws ErrnoException {
        try (var socket = UnixSocket.create(SOCK_DGRAM);
                var arena = Arena.ofConfined()) {
            Messages.send(socket, to.allocate(arena), bytes, descriptors, deadline);
        }
    }
}
