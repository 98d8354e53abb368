package dev.mvm.linux.socket;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// A connection that carries packets with descriptors (SOCK_SEQPACKET, SCM_RIGHTS); unix(7).
public final class PacketSocket extends UnixSocket {
    private PacketSocket(Fd fd) {
        super(fd);
    }

    /// Takes over a connected packet socket.
    ///
    /// @throws ErrnoException EPROTOTYPE if it is something else; then it stays its owner's
    public static PacketSocket own(Fd fd) throws ErrnoException {
        return new PacketSocket(checked(fd, SocketOption.SO_TYPE, SOCK_SEQPACKET));
    }

    /// Connects to a listener.
    ///
    /// @throws ErrnoException also ETIMEDOUT, if the listener's queue stays full until the deadline
    @MustBeClosed
    public static PacketSocket connect(UnixAddress address, Deadline deadline) throws ErrnoException {
        return new PacketSocket(connect(SOCK_SEQPACKET, address, deadline));
    }

    /// Sends one packet; waits while the other end's queue is full.
    ///
    /// @param bytes at least one
    /// @param descriptors at most 253 (SCM_MAX_FD); they stay their owner's, the receiver gets its own
    /// @throws ErrnoException also ETIMEDOUT when the deadline passes; then nothing was sent
    public void send(byte[] bytes, List<Fd> descriptors, Deadline deadline) throws ErrnoException {
        Messages.send(fd(), MemorySegment.NULL, bytes, descriptors, deadline);
    }

    /// Receives one packet; waits for it.
    ///
    /// @param mostBytes the size of the largest packet expected
    /// @param mostDescriptors how many descriptors may come with it
    /// @return empty when the other end is gone
    /// @throws ErrnoException EMSGSIZE for a packet with more than that (nothing of it is kept), ETIMEDOUT when the
    ///     deadline passes
    public Optional<Packet> receive(int mostBytes, int mostDescriptors, Deadline deadline) throws ErrnoException {
        return Messages.receive(fd(), mostBytes, mostDescriptors, deadline);
    }
}
