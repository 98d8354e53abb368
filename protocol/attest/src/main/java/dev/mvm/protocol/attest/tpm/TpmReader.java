package dev.mvm.protocol.attest.tpm;

import java.nio.ByteBuffer;

/// Reads the fields of a TPM's structure in their order, big-endian. Every length is checked against the bytes that
/// remain.
final class TpmReader {
    private final ByteBuffer left;

    TpmReader(byte[] bytes) {
        this.left = ByteBuffer.wrap(bytes);
    }

    int u8() throws TpmFormatException {
        need(1);
        return Byte.toUnsignedInt(left.get());
    }

    int u16() throws TpmFormatException {
        need(Short.BYTES);
        return Short.toUnsignedInt(left.getShort());
    }

    int u32() throws TpmFormatException {
        need(Integer.BYTES);
        return left.getInt();
    }

    byte[] bytes(int count) throws TpmFormatException {
        need(count);
        var out = new byte[count];
        left.get(out);
        return out;
    }

    /// A TPM2B: two bytes of length, then as many.
    byte[] sized() throws TpmFormatException {
        return bytes(u16());
    }

    /// Passes over a field whose one acceptable value is known.
    void expect(int size, long value, String field) throws TpmFormatException {
        need(size);
        long read = 0;
        for (int i = 0; i < size; i++) {
            read = read << 8 | Byte.toUnsignedInt(left.get());
        }
        if (read != value) {
            throw new TpmFormatException("%s is 0x%x and not 0x%x".formatted(field, read, value));
        }
    }

    void end() throws TpmFormatException {
        if (left.hasRemaining()) {
            throw new TpmFormatException(left.remaining() + " bytes too many");
        }
    }

    private void need(int count) throws TpmFormatException {
        if (left.remaining() < count) {
            throw new TpmFormatException("too short");
        }
    }
}
