package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/// Reads the fields of one payload in their order. Every length is checked against what is left before it is used.
final class Fields {
    /// A value made from fields.
    @FunctionalInterface
    interface Reading<T> {
        T from(Fields fields) throws ProtocolViolationException;
    }

    private final ByteBuffer payload;

    private Fields(ByteBuffer payload) {
        this.payload = payload;
    }

    /// Reads a whole payload: all fields, nothing more, and a constructor's refusal is a violation.
    static <T> T whole(ByteBuffer payload, Reading<T> reading) throws ProtocolViolationException {
        try {
            var fields = new Fields(payload);
            var value = reading.from(fields);
            check(!payload.hasRemaining());
            return value;
        } catch (IllegalArgumentException e) {
            throw new ProtocolViolationException(EndReason.FRAME_PAYLOAD);
        }
    }

    int u8() throws ProtocolViolationException {
        check(payload.remaining() >= 1);
        return Byte.toUnsignedInt(payload.get());
    }

    int u16() throws ProtocolViolationException {
        check(payload.remaining() >= Short.BYTES);
        return Short.toUnsignedInt(payload.getShort());
    }

    /// A u32; those above 2^31-1 come out negative, for constructors to refuse.
    int u32() throws ProtocolViolationException {
        check(payload.remaining() >= Integer.BYTES);
        return payload.getInt();
    }

    /// All 64 bits.
    long u64() throws ProtocolViolationException {
        check(payload.remaining() >= Long.BYTES);
        return payload.getLong();
    }

    Bytes bytes(int length) throws ProtocolViolationException {
        check(payload.remaining() >= length);
        var bytes = new byte[length];
        payload.get(bytes);
        return Bytes.of(bytes);
    }

    /// A string behind its u16 length.
    Bytes string() throws ProtocolViolationException {
        return bytes(u16());
    }

    /// Strings behind their u16 count.
    List<Bytes> strings(int most) throws ProtocolViolationException {
        int count = u16();
        check(count <= most);
        var out = new ArrayList<Bytes>(count);
        for (int i = 0; i < count; i++) {
            out.add(string());
        }
        return out;
    }

    /// What is left: 1 to 16384 bytes.
    Bytes data() throws ProtocolViolationException {
        check(payload.remaining() <= Limits.MAX_DATA);
        return bytes(payload.remaining());
    }

    /// The one of `values` that has the number of a u8.
    <T> T one(T[] values, ToIntFunction<T> number) throws ProtocolViolationException {
        int wanted = u8();
        for (T value : values) {
            if (number.applyAsInt(value) == wanted) {
                return value;
            }
        }
        throw new ProtocolViolationException(EndReason.FRAME_PAYLOAD);
    }

    static void check(boolean rule) throws ProtocolViolationException {
        if (!rule) {
            throw new ProtocolViolationException(EndReason.FRAME_PAYLOAD);
        }
    }
}
