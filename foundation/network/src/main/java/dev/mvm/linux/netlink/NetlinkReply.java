package dev.mvm.linux.netlink;

import dev.mvm.linux.errno.ErrnoException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// One message from the kernel; netlink(7).
///
/// @param payload what follows `struct nlmsghdr`, in native byte order
record NetlinkReply(int type, int flags, int sequence, ByteBuffer payload) {
    // linux/netlink.h
    static final int NLMSG_NOOP = 1;
    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;
    static final int NLM_F_DUMP_INTR = 0x10;

    private static final int NLM_F_CAPPED = 0x100;
    private static final int NLM_F_ACK_TLVS = 0x200;
    private static final int NLMSGERR_ATTR_MSG = 1;
    private static final int SIZEOF_NLMSGHDR = 16;

    /// The messages of one datagram.
    ///
    /// @throws ErrnoException EBADMSG if a length is too short or points outside
    static List<NetlinkReply> split(ByteBuffer datagram) throws ErrnoException {
        var out = new ArrayList<NetlinkReply>();
        while (datagram.hasRemaining()) {
            int start = datagram.position();
            if (datagram.remaining() < SIZEOF_NLMSGHDR) {
                throw Attributes.malformed();
            }
            int length = datagram.getInt();
            if (length < SIZEOF_NLMSGHDR || length > datagram.limit() - start) {
                throw Attributes.malformed();
            }
            int type = Short.toUnsignedInt(datagram.getShort());
            int flags = Short.toUnsignedInt(datagram.getShort());
            int sequence = datagram.getInt();
            var payload = datagram.slice(start + SIZEOF_NLMSGHDR, length - SIZEOF_NLMSGHDR)
                    .order(datagram.order());
            out.add(new NetlinkReply(type, flags, sequence, payload));
            datagram.position(Math.min(datagram.limit(), start + ((length + 3) & -4)));
        }
        return out;
    }

    /// The error number of an NLMSG_ERROR or NLMSG_DONE: 0 for success.
    int errno() throws ErrnoException {
        if (payload.remaining() < Integer.BYTES) {
            throw Attributes.malformed();
        }
        return -payload.getInt(0);
    }

    /// Returns the kernel's message about the error, or nothing: the extended acknowledgement behind
    /// `struct nlmsgerr` and, unless it was left out, the request that failed.
    String explanation() throws ErrnoException {
        if ((flags & NLM_F_ACK_TLVS) == 0 || type != NLMSG_ERROR) {
            return "";
        }
        if (payload.remaining() < Integer.BYTES + SIZEOF_NLMSGHDR) {
            throw Attributes.malformed();
        }
        int request = (flags & NLM_F_CAPPED) != 0 ? SIZEOF_NLMSGHDR : payload.getInt(Integer.BYTES);
        int start = Integer.BYTES + ((request + 3) & -4);
        if (request < SIZEOF_NLMSGHDR || start < 0 || start > payload.limit()) {
            throw Attributes.malformed();
        }
        var rest = payload.slice(start, payload.limit() - start).order(payload.order());
        return Attributes.parse(rest).text(NLMSGERR_ATTR_MSG).orElse("");
    }
}
