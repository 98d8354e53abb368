package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import java.nio.ByteBuffer;
import java.util.List;

/// Writes one frame.
final class FrameBuilder {
    private ByteBuffer buffer;

    private FrameBuilder(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    /// Begins a frame. Its length is filled in at the end.
    static FrameBuilder frame(int type, int stream) {
        var buffer = ByteBuffer.allocate(64).put(Frames.MAGIC).put((byte) type);
        return new FrameBuilder(buffer.putShort((short) 0).putInt(stream).putInt(0));
    }

    /// The finished frame.
    ByteBuffer end() {
        return buffer.putInt(Limits.HEADER - Integer.BYTES, buffer.position() - Limits.HEADER)
                .flip();
    }

    FrameBuilder u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    FrameBuilder u16(int value) {
        room(Short.BYTES).putShort((short) value);
        return this;
    }

    FrameBuilder u32(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    FrameBuilder u64(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    FrameBuilder bytes(Bytes value) {
        room(value.length()).put(value.array());
        return this;
    }

    FrameBuilder string(Bytes value) {
        return u16(value.length()).bytes(value);
    }

    FrameBuilder strings(List<Bytes> values) {
        u16(values.size());
        values.forEach(this::string);
        return this;
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            int size = Math.max(2 * buffer.capacity(), buffer.position() + bytes);
            buffer = ByteBuffer.allocate(size).put(buffer.flip());
        }
        return buffer;
    }
}
