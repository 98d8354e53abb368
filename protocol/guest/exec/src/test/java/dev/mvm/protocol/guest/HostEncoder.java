package dev.mvm.protocol.guest;

import java.nio.ByteBuffer;

/// The host's messages as frames, as the host writes them.
final class HostEncoder {
    private HostEncoder() {}

    static ByteBuffer encode(HostMessage message) {
        return switch (message) {
            case HostMessage.Hello(var version, var nonce) ->
                HostFrames.hello(nonce).putShort(GuestLimits.HEADER, (short) version);
            case HostMessage.Ping(var token) -> HostFrames.ping(token);
            case HostMessage.PowerOff() -> HostFrames.frame(HostFrames.POWEROFF, 0);
            case HostMessage.PrepareSleep(var token, var seconds) -> HostFrames.prepareSleep(token, seconds);
            case HostMessage.Rekey(var token, var time, var entropy, var seconds) ->
                HostFrames.rekey(token, time, entropy, seconds);
            case HostMessage.OnStream(var stream, var inner) -> {
                var frame = inner.frame();
                yield HostFrames.frame(frame.type(), stream, frame.payload().array());
            }
        };
    }
}
