package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import java.nio.ByteBuffer;

/// The host's frames.
final class HostFrames {
    static final int HELLO = 0x01;
    static final int PING = 0x02;
    static final int EXEC = 0x03;
    static final int STDIN = 0x04;
    static final int WINDOW = 0x06;
    static final int SIGNAL = 0x08;
    static final int POWEROFF = 0x09;

    private HostFrames() {}

    static ByteBuffer hello(Bytes nonce) {
        var payload = ByteBuffer.allocate(2 * Short.BYTES + Limits.NONCE).putShort((short) Limits.VERSION);
        return frame(HELLO, 0, payload.putShort((short) 0).put(nonce.array()).array());
    }

    static ByteBuffer ping(long token) {
        return frame(PING, 0, ByteBuffer.allocate(Long.BYTES).putLong(token).array());
    }

    /// Further credit for an output.
    ///
    /// @param which 1 for standard output, 2 for standard error
    static ByteBuffer window(int stream, int which, int credit) {
        var payload = ByteBuffer.allocate(1 + Integer.BYTES).put((byte) which).putInt(credit);
        return frame(WINDOW, stream, payload.array());
    }

    static ByteBuffer frame(int type, int stream, byte... payload) {
        return ByteBuffer.allocate(Limits.HEADER + payload.length)
                .put(Frames.MAGIC)
                .put((byte) type)
                .putShort((short) 0)
                .putInt(stream)
                .putInt(payload.length)
                .put(payload)
                .flip();
    }
}
