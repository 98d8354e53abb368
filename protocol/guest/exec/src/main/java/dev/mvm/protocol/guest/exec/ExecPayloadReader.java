package dev.mvm.protocol.guest.exec;

import dev.mvm.model.Bytes;
import java.nio.ByteBuffer;
import java.util.function.ToIntFunction;

/// Reads the fields of one payload in their order. Checks every length against the remaining bytes first.
final class ExecPayloadReader {
    /// A value made from fields.
    @FunctionalInterface
    interface Reading<T> {
        T from(ExecPayloadReader fields) throws ViolationException;
    }

    private final ByteBuffer payload;

    private ExecPayloadReader(ByteBuffer payload) {
        this.payload = payload;
    }

    /// Reads a whole payload: all fields and nothing more. A constructor's refusal is a violation.
    static <T> T whole(Bytes payload, Reading<T> reading) throws ViolationException {
        var buffer = ByteBuffer.wrap(payload.array());
        try {
            var value = reading.from(new ExecPayloadReader(buffer));
            check(!buffer.hasRemaining());
            return value;
        } catch (IllegalArgumentException e) {
            throw new ViolationException(ViolationException.PAYLOAD);
        }
    }

    int u8() throws ViolationException {
        check(payload.remaining() >= 1);
        return Byte.toUnsignedInt(payload.get());
    }

    int u16() throws ViolationException {
        return u8() << 8 | u8();
    }

    /// Reads a u32. One above 2^31-1 is returned negative, for constructors to refuse.
    int u32() throws ViolationException {
        check(payload.remaining() >= Integer.BYTES);
        return payload.getInt();
    }

    Bytes bytes(int length) throws ViolationException {
        check(payload.remaining() >= length);
        var bytes = new byte[length];
        payload.get(bytes);
        return Bytes.of(bytes);
    }

    /// Reads the remaining bytes, 1 to 16384.
    Bytes data() throws ViolationException {
        check(payload.remaining() <= ExecLimits.MAX_DATA);
        return bytes(payload.remaining());
    }

    /// Returns the one of `values` with the number of a u8.
    <T> T one(T[] values, ToIntFunction<T> number) throws ViolationException {
        int wanted = u8();
        for (T value : values) {
            if (number.applyAsInt(value) == wanted) {
                return value;
            }
        }
        throw new ViolationException(ViolationException.PAYLOAD);
    }

    static void check(boolean rule) throws ViolationException {
        ViolationException.check(rule, ViolationException.PAYLOAD);
    }
}
