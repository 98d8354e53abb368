package dev.mvm.protocol.hostd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import java.nio.ByteBuffer;

/// Reads the fields of one body in their order. Checks every length against the remaining bytes first.
public final class BodyReader {
    /// A value made from fields.
    @FunctionalInterface
    public interface Reading<T> {
        T from(BodyReader fields) throws MalformedFrameException;
    }

    private final ByteBuffer body;

    public BodyReader(ByteBuffer body) {
        this.body = body;
    }

    public int u8() throws MalformedFrameException {
        need(1);
        return Byte.toUnsignedInt(body.get());
    }

    /// Reads a u8 that is 0 or 1.
    public boolean flag() throws MalformedFrameException {
        int value = u8();
        if (value > 1) {
            throw new MalformedFrameException("neither 0 nor 1");
        }
        return value == 1;
    }

    public int u16() throws MalformedFrameException {
        need(Short.BYTES);
        return Short.toUnsignedInt(body.getShort());
    }

    /// Reads a u32 that fits a positive int.
    public int u32() throws MalformedFrameException {
        need(Integer.BYTES);
        int value = body.getInt();
        if (value < 0) {
            throw new MalformedFrameException("number out of range");
        }
        return value;
    }

    /// Reads a u64 that fits a positive long.
    public long u64() throws MalformedFrameException {
        need(Long.BYTES);
        long value = body.getLong();
        if (value < 0) {
            throw new MalformedFrameException("number out of range");
        }
        return value;
    }

    public String text() throws MalformedFrameException {
        var bytes = take(u16());
        for (byte b : bytes) {
            if (b < ' ' || b > '~') {
                throw new MalformedFrameException("text is not printable ASCII");
            }
        }
        return new String(bytes, US_ASCII);
    }

    public Bytes bytes(int most) throws MalformedFrameException {
        int length = u32();
        if (length > most) {
            throw new MalformedFrameException("bytes too long");
        }
        return Bytes.of(take(length));
    }

    public InstanceId instance() throws MalformedFrameException {
        return new InstanceId(text());
    }

    public InstanceAddress address() throws MalformedFrameException {
        return new InstanceAddress(new TenantId(text()), new PoolId(text()), instance());
    }

    public void end() throws MalformedFrameException {
        if (body.hasRemaining()) {
            throw new MalformedFrameException("bytes follow the last field");
        }
    }

    /// Reads a whole body: all fields and nothing more. A constructor's refusal is a malformed frame.
    public static <T> T whole(ByteBuffer body, Reading<T> reading) throws MalformedFrameException {
        try {
            var fields = new BodyReader(body);
            var value = reading.from(fields);
            fields.end();
            return value;
        } catch (IllegalArgumentException e) {
            throw new MalformedFrameException("a value is out of range");
        }
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
