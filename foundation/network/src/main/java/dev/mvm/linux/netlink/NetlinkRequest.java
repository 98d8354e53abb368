package dev.mvm.linux.netlink;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A netlink message being written; netlink(7): `struct nlmsghdr`, a header of the message's family, attributes.
final class NetlinkRequest {
    // linux/netlink.h
    static final int NLM_F_ACK = 0x4;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_CREATE = 0x400;

    private static final int NLM_F_REQUEST = 0x1;
    private static final int NLA_F_NESTED = 0x8000;
    private static final int CAPACITY = 1024; // the longest message of this package has some 150 bytes

    private final int type;
    private final ByteBuffer message = wrap(new byte[CAPACITY]);

    private NetlinkRequest(int type, int flags) {
        this.type = type;
        message.putInt(0) // the length, once it is known
                .putShort((short) type)
                .putShort((short) (NLM_F_REQUEST | flags))
                .putInt(0) // the sequence number
                .putInt(0); // to the kernel
    }

    /// A message about a link: `struct ifinfomsg`.
    ///
    /// @param change which bits of `set` are meant
    static NetlinkRequest link(int type, int flags, int family, int index, int set, int change) {
        var request = new NetlinkRequest(type, flags);
        request.linkHeader(family, index, set, change);
        return request;
    }

    /// `struct ifinfomsg`: one byte of family, three that stay 0, and three numbers.
    void linkHeader(int family, int index, int set, int change) {
        message.putInt(family).putInt(index).putInt(set).putInt(change);
    }

    /// A message about an address: `struct ifaddrmsg`.
    static NetlinkRequest address(int type, int flags, int family, int prefixLength, int index) {
        var request = new NetlinkRequest(type, flags);
        request.message
                .put((byte) family)
                .put((byte) prefixLength)
                .putShort((short) 0)
                .putInt(index);
        return request;
    }

    NetlinkRequest u8(int attribute, int value) {
        return bytes(attribute, new byte[] {(byte) value});
    }

    NetlinkRequest u32(int attribute, int value) {
        var bytes = new byte[Integer.BYTES];
        wrap(bytes).putInt(value);
        return bytes(attribute, bytes);
    }

    NetlinkRequest text(int attribute, String value) {
        return bytes(attribute, (value + '\0').getBytes(ISO_8859_1));
    }

    NetlinkRequest bytes(int attribute, byte[] value) {
        message.putShort((short) (Attributes.HEADER + value.length))
                .putShort((short) attribute)
                .put(value);
        return pad();
    }

    /// Begins an attribute that holds attributes.
    ///
    /// @return where it begins, for [#end]
    int begin(int attribute) {
        int start = message.position();
        message.putShort((short) 0).putShort((short) (attribute | NLA_F_NESTED));
        return start;
    }

    NetlinkRequest end(int start) {
        message.putShort(start, (short) (message.position() - start));
        return this;
    }

    private NetlinkRequest pad() {
        while (message.position() % Attributes.ALIGNMENT != 0) {
            message.put((byte) 0);
        }
        return this;
    }

    int type() {
        return type;
    }

    /// The finished message.
    byte[] message(int sequence) {
        message.putInt(0, message.position()).putInt(8, sequence);
        var bytes = new byte[message.position()];
        message.get(0, bytes);
        return bytes;
    }

    static ByteBuffer wrap(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }
}
