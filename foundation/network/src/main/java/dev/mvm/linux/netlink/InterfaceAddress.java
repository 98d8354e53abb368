package dev.mvm.linux.netlink;

import dev.mvm.linux.errno.ErrnoException;
import java.nio.ByteBuffer;

/// An IPv4 address of an interface; RTM_NEWADDR of rtnetlink(7).
///
/// @param index the interface
/// @param address the 32 bits, the first byte of the dotted notation being the highest
/// @param prefixLength 0 to 32
public record InterfaceAddress(int index, int address, int prefixLength) {
    static final int AF_INET = 2; // linux/socket.h
    static final int IFA_LOCAL = 2; // linux/if_addr.h
    static final int IFA_ADDRESS = 1;
    static final int SIZEOF_IFADDRMSG = 8;

    public InterfaceAddress {
        if (index < 1 || prefixLength < 0 || prefixLength > 32) {
            throw new IllegalArgumentException("not an address of an interface");
        }
    }

    byte[] wire() {
        return ByteBuffer.allocate(Integer.BYTES).putInt(address).array();
    }

    static InterfaceAddress parse(NetlinkReply reply) throws ErrnoException {
        var message = reply.payload().duplicate().order(reply.payload().order());
        if (message.remaining() < SIZEOF_IFADDRMSG || message.get(0) != AF_INET) {
            throw Attributes.malformed();
        }
        int prefixLength = message.get(1) & 0xff;
        int index = message.getInt(4);
        var attributes = Attributes.parse(message.position(SIZEOF_IFADDRMSG));
        int local = attributes.u32(IFA_LOCAL).orElseThrow(Attributes::malformed);
        if (index < 1 || prefixLength > 32) {
            throw Attributes.malformed();
        }
        return new InterfaceAddress(index, Integer.reverseBytes(local), prefixLength); // which is in network order
    }
}
