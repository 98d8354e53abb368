package dev.mvm.protocol.hostd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.BiConsumer;

/// Writes one frame after another into a direct buffer that grows up to the limit and is then reused. Not
/// thread-safe.
public final class FrameBuilder {
    private ByteBuffer buffer = ByteBuffer.allocateDirect(1024);

    public FrameBuilder() {}

    /// Begins a frame of `type`.
    public FrameBuilder begin(int type) {
        buffer.clear().position(Integer.BYTES);
        return u16(type);
    }

    /// Returns the finished frame, ready to be written to a socket; valid until the next [#begin].
    public ByteBuffer end() {
        buffer.putInt(0, buffer.position() - Integer.BYTES);
        return buffer.flip();
    }

    public FrameBuilder u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    public FrameBuilder u16(int value) {
        room(Short.BYTES).putShort((short) value);
        return this;
    }

    public FrameBuilder u32(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    public FrameBuilder u64(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    public FrameBuilder text(String value) {
        var bytes = value.getBytes(US_ASCII);
        u16(bytes.length);
        room(bytes.length).put(bytes);
        return this;
    }

    public FrameBuilder bytes(Bytes value) {
        return u32(value.length()).rest(value);
    }

    /// Appends bytes without a length: the last field of a frame.
    public FrameBuilder rest(Bytes value) {
        room(value.length()).put(value.array());
        return this;
    }

    public <T> FrameBuilder list(List<T> items, BiConsumer<FrameBuilder, T> each) {
        u16(items.size());
        items.forEach(item -> each.accept(this, item));
        return this;
    }

    public FrameBuilder instance(InstanceId id) {
        return text(id.value());
    }

    public FrameBuilder address(InstanceAddress address) {
        return text(address.tenant().value()).text(address.pool().value()).instance(address.instance());
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            long wanted = Math.max(buffer.capacity() * 2L, buffer.position() + (long) bytes);
            if (buffer.position() + (long) bytes > Integer.BYTES + HostdFrames.MAX) {
                throw new IllegalArgumentException("the frame would exceed " + HostdFrames.MAX + " bytes");
            }
            buffer = ByteBuffer.allocateDirect((int) Math.min(wanted, Integer.BYTES + HostdFrames.MAX))
                    .put(buffer.flip());
        }
        return buffer;
    }
}
