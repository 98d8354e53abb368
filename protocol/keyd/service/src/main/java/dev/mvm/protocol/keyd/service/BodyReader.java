package dev.mvm.protocol.keyd.service;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Reads the fields of one body in their order; each length is compared with what is left first.
final class BodyReader {
    /// A value made from fields.
    @FunctionalInterface
    interface Reading<T> {
        T from(BodyReader fields) throws MalformedFrameException;
    }

    private final ByteBuffer body;

    private BodyReader(ByteBuffer body) {
        this.body = body;
    }

    /// Reads a whole body; what a constructor refuses is malformed.
    static <T> T whole(ByteBuffer body, Reading<T> reading) throws MalformedFrameException {
        var fields = new BodyReader(body.duplicate());
        T value;
        try {
            value = reading.from(fields);
        } catch (IllegalArgumentException e) {
            throw new MalformedFrameException("a value is out of range");
        }
        if (fields.body.hasRemaining()) {
            throw new MalformedFrameException("bytes follow the last field");
        }
        return value;
    }

    int u16() throws MalformedFrameException {
        need(Short.BYTES);
        return Short.toUnsignedInt(body.getShort());
    }

    /// Reads a u32 that fits a positive int.
    int u32() throws MalformedFrameException {
        need(Integer.BYTES);
        int value = body.getInt();
        if (value < 0) {
            throw new MalformedFrameException("a number is out of range");
        }
        return value;
    }

    /// Reads a u64 that fits a positive long.
    long u64() throws MalformedFrameException {
        need(Long.BYTES);
        long value = body.getLong();
        if (value < 0) {
            throw new MalformedFrameException("a number is out of range");
        }
        return value;
    }

    /// Reads printable ASCII with its length as u16.
    String text() throws MalformedFrameException {
        var bytes = take(u16());
        for (byte b : bytes) {
            if (b < ' ' || b > '~') {
                throw new MalformedFrameException("a text is not printable ASCII");
            }
        }
        return new String(bytes, US_ASCII);
    }

    /// Reads a text that may be empty for no value.
    <T> Optional<T> optional(Function<String, T> reading) throws MalformedFrameException {
        var text = text();
        return text.isEmpty() ? Optional.empty() : Optional.of(reading.apply(text));
    }

    /// Reads bytes with their length as u32.
    Bytes bytes() throws MalformedFrameException {
        return Bytes.of(take(u32()));
    }

    /// Reads bytes of a length that is not written.
    Bytes exactly(int length) throws MalformedFrameException {
        return Bytes.of(take(length));
    }

    /// Reads a u16 and as many items.
    <T> List<T> list(Reading<T> item) throws MalformedFrameException {
        var out = new ArrayList<T>();
        for (int left = u16(); left > 0; left--) {
            out.add(item.from(this));
        }
        return out;
    }

    private byte[] take(int length) throws MalformedFrameException {
        need(length);
        var bytes = new byte[length];
        body.get(bytes);
        return bytes;
    }

    private void need(int bytes) throws MalformedFrameException {
        if (body.remaining() < bytes) {
            throw new MalformedFrameException("the body ends early");
        }
    }
}
