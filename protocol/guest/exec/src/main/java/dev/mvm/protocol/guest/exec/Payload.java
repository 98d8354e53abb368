package dev.mvm.protocol.guest.exec;

import dev.mvm.model.Bytes;
import java.io.ByteArrayOutputStream;
import java.util.List;

/// Writes one payload, field by field.
final class Payload {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Payload u8(int value) {
        out.write(value);
        return this;
    }

    Payload u16(int value) {
        return u8(value >> 8).u8(value);
    }

    Payload u32(int value) {
        return u16(value >> 16).u16(value);
    }

    Payload bytes(Bytes value) {
        out.writeBytes(value.array());
        return this;
    }

    /// A string behind its u16 length.
    Payload string(Bytes value) {
        return u16(value.length()).bytes(value);
    }

    /// Strings behind their u16 count.
    Payload strings(List<Bytes> values) {
        u16(values.size());
        values.forEach(this::string);
        return this;
    }

    ExecFrame frame(int type) {
        return new ExecFrame(type, Bytes.of(out.toByteArray()));
    }
}
