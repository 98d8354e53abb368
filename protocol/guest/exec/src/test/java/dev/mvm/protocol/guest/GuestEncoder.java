package dev.mvm.protocol.guest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.protocol.guest.exec.FromGuest;
import dev.mvm.protocol.guest.exec.GuestSide;
import java.nio.ByteBuffer;

/// An agent's messages as frames.
final class GuestEncoder {
    private GuestEncoder() {}

    /// A frame has the same form in both directions.
    static ByteBuffer encode(GuestMessage message) {
        return switch (message) {
            case GuestMessage.HelloAck m -> HostFrames.frame(GuestDecoder.HELLO_ACK, 0, helloAck(m));
            case GuestMessage.Pong(var token) -> withToken(GuestDecoder.PONG, token);
            case GuestMessage.SleepReady(var token) -> withToken(GuestDecoder.SLEEP_READY, token);
            case GuestMessage.SleepRefused(var token) -> withToken(GuestDecoder.SLEEP_REFUSED, token);
            case GuestMessage.Rekeyed(var token) -> withToken(GuestDecoder.REKEYED, token);
            case GuestMessage.RekeyFailed(var token) -> withToken(GuestDecoder.REKEY_FAILED, token);
            case GuestMessage.Ready() -> HostFrames.frame(GuestDecoder.READY, 0);
            case GuestMessage.Hook(var word) -> HostFrames.frame(GuestDecoder.HOOK, 0, number(word));
            case GuestMessage.OnStream(var stream, var type, var payload) -> {
                var copy = new byte[payload.remaining()];
                payload.duplicate().get(copy);
                yield HostFrames.frame(type, stream, copy);
            }
        };
    }

    private static ByteBuffer withToken(int type, long token) {
        return HostFrames.frame(
                type, 0, ByteBuffer.allocate(Long.BYTES).putLong(token).array());
    }

    private static byte number(HookWord word) {
        return switch (word) {
            case READY -> 1;
            case IDLE -> 2;
            case BUSY -> 3;
        };
    }

    /// Encodes a message of a stream.
    static GuestMessage.OnStream onStream(int stream, FromGuest message) {
        var frame = GuestSide.write(message);
        return new GuestMessage.OnStream(
                stream, frame.type(), ByteBuffer.wrap(frame.payload().array()));
    }

    private static byte[] helloAck(GuestMessage.HelloAck m) {
        var version = m.agent().getBytes(ISO_8859_1);
        return ByteBuffer.allocate(2 * Short.BYTES + GuestLimits.NONCE + GuestLimits.BOOT_ID + 1 + version.length)
                .putShort((short) m.version())
                .putShort((short) (m.ready() ? 1 : 0))
                .put(m.nonce().array())
                .put(m.boot().array())
                .put((byte) version.length)
                .put(version)
                .array();
    }
}
