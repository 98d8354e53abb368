package dev.mvm.protocol.keyd.service;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.BiConsumer;

/// Writes the fields of one body in their order.
final class BodyWriter {
    private static final int MAX_LIST = 0xffff;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    BodyWriter(int type) {
        u32(0); // the length, written at the end
        u16(type);
    }

    BodyWriter u16(int value) {
        return raw(ByteBuffer.allocate(Short.BYTES).putShort((short) value).array());
    }

    BodyWriter u32(int value) {
        return raw(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    }

    BodyWriter u64(long value) {
        return raw(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
    }

    /// Writes a text with its length as u16.
    ///
    /// @throws IllegalArgumentException if it is not printable ASCII, or longer than 65,535
    BodyWriter text(String value) {
        if (value.length() > 0xffff || !value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw new IllegalArgumentException("a text is at most 65535 characters of printable ASCII");
        }
        return u16(value.length()).raw(value.getBytes(US_ASCII));
    }

    /// Writes bytes with their length as u32.
    BodyWriter bytes(Bytes value) {
        return u32(value.length()).raw(value.array());
    }

    /// Writes bytes without their length.
    BodyWriter raw(byte[] value) {
        out.writeBytes(value);
        return this;
    }

    /// Writes the number of items as u16, and the items.
    ///
    /// @throws IllegalArgumentException if there are more than 65,535
    <T> BodyWriter list(List<T> items, BiConsumer<BodyWriter, T> each) {
        if (items.size() > MAX_LIST) {
            throw new IllegalArgumentException("a list has at most " + MAX_LIST + " items");
        }
        u16(items.size());
        items.forEach(item -> each.accept(this, item));
        return this;
    }

    /// Returns the frame.
    ///
    /// @throws IllegalArgumentException if it has more than [KeydFrame#MAX] bytes
    ByteBuffer frame() {
        int length = out.size() - Integer.BYTES;
        if (length > KeydFrame.MAX) {
            throw new IllegalArgumentException("the frame would have more than " + KeydFrame.MAX + " bytes");
        }
        return ByteBuffer.wrap(out.toByteArray()).putInt(0, length);
    }
}
