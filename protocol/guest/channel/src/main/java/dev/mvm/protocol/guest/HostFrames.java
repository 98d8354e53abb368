package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// The host's frames.
final class HostFrames {
    static final int HELLO = 0x01;
    static final int PING = 0x02;
    static final int EXEC = 0x03;
    static final int STDIN = 0x04;
    static final int WINDOW = 0x06;
    static final int SIGNAL = 0x08;
    static final int POWEROFF = 0x09;
    static final int PREPARE_SLEEP = 0x0A;
    static final int REKEY = 0x0B;

    private HostFrames() {}

    static ByteBuffer hello(Bytes nonce) {
        var payload = ByteBuffer.allocate(2 * Short.BYTES + GuestLimits.NONCE).putShort((short) GuestLimits.VERSION);
        return frame(HELLO, 0, payload.putShort((short) 0).put(nonce.array()).array());
    }

    static ByteBuffer ping(long token) {
        return frame(PING, 0, ByteBuffer.allocate(Long.BYTES).putLong(token).array());
    }

    /// Tells the guest to prepare for sleep.
    ///
    /// @param seconds time for the guest's worker, 1 to 3600
    static ByteBuffer prepareSleep(long token, int seconds) {
        var payload = ByteBuffer.allocate(Long.BYTES + Short.BYTES).putLong(token);
        return frame(PREPARE_SLEEP, 0, payload.putShort((short) seconds).array());
    }

    /// Tells a guest that has woken to reseed its random numbers and to set its clock. The frame is the only copy
    /// of the entropy.
    ///
    /// @param time nanoseconds since 1970
    /// @param seconds time for the guest's worker, 1 to 3600
    static ByteBuffer rekey(long token, long time, Bytes entropy, int seconds) {
        var secret = entropy.array();
        var payload = ByteBuffer.allocate(2 * Long.BYTES + GuestLimits.ENTROPY + Short.BYTES)
                .putLong(token)
                .putLong(time)
                .put(secret)
                .putShort((short) seconds)
                .array();
        var frame = frame(REKEY, 0, payload);
        Arrays.fill(secret, (byte) 0);
        Arrays.fill(payload, (byte) 0);
        return frame;
    }

    /// Grants further credit for an output.
    ///
    /// @param which 1 for standard output, 2 for standard error
    static ByteBuffer window(int stream, int which, int credit) {
        var payload = ByteBuffer.allocate(1 + Integer.BYTES).put((byte) which).putInt(credit);
        return frame(WINDOW, stream, payload.array());
    }

    static ByteBuffer frame(int type, int stream, byte... payload) {
        return ByteBuffer.allocate(GuestLimits.HEADER + payload.length)
                .put(GuestFrames.MAGIC)
                .put((byte) type)
                .putShort((short) 0)
                .putInt(stream)
                .putInt(payload.length)
                .put(payload)
                .flip();
    }
}
