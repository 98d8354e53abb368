package dev.mvm.linux.netlink;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Attributes of a netlink message: type, length, value, each aligned to four bytes; rtnetlink(7),
/// `linux/netlink.h`. Whatever does not fit exactly is EBADMSG: a length that is too short or points outside, an
/// attribute that appears twice, bytes left over, a number of another size than its type.
final class Attributes {
    static final int HEADER = 4;
    static final int ALIGNMENT = 4;

    private static final int TYPE_MASK = 0x3fff; // without NLA_F_NESTED and NLA_F_NET_BYTEORDER

    private final Map<Integer, byte[]> values;

    private Attributes(Map<Integer, byte[]> values) {
        this.values = values;
    }

    /// Reads all that remains in `buffer`, which is in native byte order.
    static Attributes parse(ByteBuffer buffer) throws ErrnoException {
        var values = new HashMap<Integer, byte[]>();
        while (buffer.hasRemaining()) {
            if (buffer.remaining() < HEADER) {
                throw malformed();
            }
            int length = Short.toUnsignedInt(buffer.getShort()) - HEADER;
            int type = buffer.getShort() & TYPE_MASK;
            if (length < 0 || length > buffer.remaining()) {
                throw malformed();
            }
            var value = new byte[length];
            buffer.get(value);
            if (values.put(type, value) != null) {
                throw malformed();
            }
            skipPadding(buffer, length);
        }
        return new Attributes(values);
    }

    /// The kernel pads every attribute, except sometimes the last.
    private static void skipPadding(ByteBuffer buffer, int length) throws ErrnoException {
        int padding = -length & (ALIGNMENT - 1);
        if (buffer.hasRemaining() && buffer.remaining() < padding) {
            throw malformed();
        }
        buffer.position(buffer.position() + Math.min(padding, buffer.remaining()));
    }

    /// An unsigned 32-bit number, as its bits.
    OptionalInt u32(int type) throws ErrnoException {
        var value = values.get(type);
        return value == null
                ? OptionalInt.empty()
                : OptionalInt.of(exactly(Integer.BYTES, value).getInt());
    }

    OptionalInt u8(int type) throws ErrnoException {
        var value = values.get(type);
        return value == null
                ? OptionalInt.empty()
                : OptionalInt.of(exactly(Byte.BYTES, value).get() & 0xff);
    }

    /// Text that ends in its only zero byte.
    Optional<String> text(int type) throws ErrnoException {
        var value = values.get(type);
        if (value == null) {
            return Optional.empty();
        }
        int end = value.length - 1;
        var text = new String(value, ISO_8859_1);
        if (end < 0 || text.indexOf('\0') != end) {
            throw malformed();
        }
        return Optional.of(text.substring(0, end));
    }

    Optional<byte[]> bytes(int type) {
        return Optional.ofNullable(values.get(type)).map(byte[]::clone);
    }

    /// Attributes within an attribute; none if that is absent.
    Attributes nested(int type) throws ErrnoException {
        return parse(NetlinkRequest.wrap(values.getOrDefault(type, new byte[0])));
    }

    private static ByteBuffer exactly(int size, byte[] value) throws ErrnoException {
        if (value.length != size) {
            throw malformed();
        }
        return NetlinkRequest.wrap(value);
    }

    static ErrnoException malformed() {
        return new ErrnoException("netlink", Errno.EBADMSG, "malformed reply");
    }
}
