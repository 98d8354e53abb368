package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import java.nio.ByteBuffer;

/// Reads the fields of one payload in their order. Checks every length against the remaining bytes first.
final class PayloadReader {
    /// A value made from fields.
    interface Reading<T> {
        T from(PayloadReader fields) throws ProtocolViolationException;
    }

    private final ByteBuffer payload;

    private PayloadReader(ByteBuffer payload) {
        this.payload = payload;
    }

    /// Reads a whole payload: all fields and nothing more. A constructor's refusal is a violation.
    static <T> T whole(ByteBuffer payload, Reading<T> reading) throws ProtocolViolationException {
        try {
            var fields = new PayloadReader(payload);
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
        return u8() << 8 | u8();
    }

    /// Reads all 64 bits.
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

    static void check(boolean rule) throws ProtocolViolationException {
        if (!rule) {
            throw new ProtocolViolationException(EndReason.FRAME_PAYLOAD);
        }
    }
}
