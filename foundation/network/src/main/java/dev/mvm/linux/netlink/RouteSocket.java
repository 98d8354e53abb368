package dev.mvm.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.mvm.linux.call.PerThread;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A socket of family NETLINK_ROUTE, one request at a time; netlink(7). Only what the kernel itself sent, with the
/// number of the request, whole, is believed. After a reply that is not so the socket is given up.
final class RouteSocket implements AutoCloseable {
    // linux/socket.h, linux/netlink.h
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x8_0000;
    private static final int NETLINK_ROUTE = 0;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int NETLINK_GET_STRICT_CHK = 12;
    private static final int MSG_TRUNC = 0x20;
    private static final int SIZEOF_SOCKADDR_NL = 12;
    private static final int NL_PID = 4;

    private static final long PATIENCE_SECONDS = 30; // the kernel answers within the send; this is for a lost reply
    private static final int ATTEMPTS = 20;

    private final Fd fd;
    private int sequence;
    private boolean usable = true;

    RouteSocket() throws ErrnoException {
        this(Fd.own(SystemCall.SOCKET.call(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)));
    }

    /// Takes over a socket of NETLINK_ROUTE, which belongs to the namespace in which it was made.
    RouteSocket(Fd made) throws ErrnoException {
        this.fd = made;
        try (var arena = Arena.ofConfined()) {
            var on = arena.allocateFrom(JAVA_INT, 1);
            option(SOL_NETLINK, NETLINK_EXT_ACK, on);
            option(SOL_NETLINK, NETLINK_CAP_ACK, on);
            option(SOL_NETLINK, NETLINK_GET_STRICT_CHK, on);
            option(SOL_SOCKET, SO_RCVTIMEO, arena.allocateFrom(JAVA_LONG, PATIENCE_SECONDS, 0)); // struct timeval
        } catch (ErrnoException e) {
            fd.close();
            throw e;
        }
    }

    private void option(int level, int name, MemorySegment value) throws ErrnoException {
        var _ = SystemCall.SETSOCKOPT.call(fd.number(), level, name, value.address(), value.byteSize());
    }

    /// Sends a request and waits for its acknowledgement.
    ///
    /// @return the messages before that, if the request asks for something
    /// @throws ErrnoException named after `what`, with the kernel's explanation
    List<NetlinkReply> ask(String what, NetlinkRequest request) throws ErrnoException {
        for (int i = 0; i < ATTEMPTS; i++) {
            var replies = new ArrayList<NetlinkReply>();
            if (exchange(what, request, replies)) {
                return replies;
            }
        }
        throw new ErrnoException(what, Errno.EAGAIN, "changed while it was read, every time");
    }

    /// One request and its replies.
    ///
    /// @return false if what was listed changed meanwhile (NLM_F_DUMP_INTR), so that the list may be no state that
    ///     ever was
    private boolean exchange(String what, NetlinkRequest request, List<NetlinkReply> replies) throws ErrnoException {
        if (!usable) {
            throw new ErrnoException(what, Errno.EBADMSG, "the socket was given up");
        }
        usable = false; // until the exchange is complete
        sequence++;
        send(request.message(sequence));
        boolean consistent = true;
        while (true) {
            for (var reply : NetlinkReply.split(receive())) {
                if (reply.sequence() != sequence) {
                    throw new ErrnoException(what, Errno.EBADMSG, "reply to another request");
                }
                consistent &= (reply.flags() & NetlinkReply.NLM_F_DUMP_INTR) == 0;
                if (reply.type() == NetlinkReply.NLMSG_ERROR || reply.type() == NetlinkReply.NLMSG_DONE) {
                    usable = true;
                    if (reply.errno() != 0) {
                        throw new ErrnoException(what, reply.errno(), reply.explanation());
                    }
                    return consistent;
                }
                if (reply.type() != NetlinkReply.NLMSG_NOOP) {
                    replies.add(reply);
                }
            }
        }
    }

    private void send(byte[] message) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            // port 0, no group; without an address the kernel asks for the capability of who made the socket as well
            var kernel = arena.allocate(SIZEOF_SOCKADDR_NL, Integer.BYTES);
            kernel.set(JAVA_SHORT, 0, (short) AF_NETLINK);
            long address = arena.allocateFrom(JAVA_BYTE, message).address();
            var _ = SystemCall.SENDTO.call(
                    fd.number(), address, message.length, 0, kernel.address(), SIZEOF_SOCKADDR_NL);
        }
    }

    private ByteBuffer receive() throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var sender = arena.allocate(SIZEOF_SOCKADDR_NL, Integer.BYTES);
            var length = arena.allocateFrom(JAVA_INT, SIZEOF_SOCKADDR_NL);
            var buffer = PerThread.transfer();
            long size = SystemCall.RECVFROM.call(
                    fd.number(), buffer.address(), buffer.byteSize(), MSG_TRUNC, sender.address(), length.address());
            if (size > buffer.byteSize()) {
                throw new ErrnoException("recvfrom", Errno.EMSGSIZE);
            }
            if (length.get(JAVA_INT, 0) != SIZEOF_SOCKADDR_NL || sender.get(JAVA_INT, NL_PID) != 0) {
                throw new ErrnoException("recvfrom", Errno.EBADMSG, "not from the kernel");
            }
            return NetlinkRequest.wrap(buffer.asSlice(0, size).toArray(JAVA_BYTE));
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
