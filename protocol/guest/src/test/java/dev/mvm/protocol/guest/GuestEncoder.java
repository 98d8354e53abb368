package dev.mvm.protocol.guest;

import static dev.mvm.protocol.guest.FrameBuilder.frame;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.model.Bytes;
import java.nio.ByteBuffer;

/// An agent's messages as frames.
final class GuestEncoder {
    private GuestEncoder() {}

    static ByteBuffer encode(GuestMessage message) {
        var frame = switch (message) {
            case GuestMessage.HelloAck m -> helloAck(m);
            case GuestMessage.Pong m -> frame(GuestDecoder.PONG, 0).u64(m.token());
            case GuestMessage.Started m ->
                frame(GuestDecoder.STARTED, m.stream()).u32(m.pid()).u32(m.credit());
            case GuestMessage.Data m ->
                frame(m.output() == Output.STDOUT ? GuestDecoder.STDOUT : GuestDecoder.STDERR, m.stream())
                        .bytes(m.data());
            case GuestMessage.Window m -> frame(GuestDecoder.WINDOW, m.stream()).u32(m.credit());
            case GuestMessage.Exit m -> exit(m);
            case GuestMessage.Refused m ->
                frame(GuestDecoder.REFUSED, m.stream()).u8(m.reason().number());
            case GuestMessage.Ready _ -> frame(GuestDecoder.READY, 0);
            case GuestMessage.Hook m -> frame(GuestDecoder.HOOK, 0).u8(m.word().number());
        };
        return frame.end();
    }

    private static FrameBuilder helloAck(GuestMessage.HelloAck m) {
        return frame(GuestDecoder.HELLO_ACK, 0)
                .u16(m.version())
                .u16(m.ready() ? 1 : 0)
                .bytes(m.nonce())
                .bytes(m.boot())
                .u8(m.agent().length())
                .bytes(Bytes.of(m.agent().getBytes(ISO_8859_1)));
    }

    private static FrameBuilder exit(GuestMessage.Exit m) {
        var frame = frame(GuestDecoder.EXIT, m.stream());
        return switch (m.how()) {
            case ProgramEnd.Exited end -> frame.u8(GuestDecoder.EXITED).u8(end.status());
            case ProgramEnd.Killed end -> frame.u8(GuestDecoder.KILLED).u8(end.signal());
        };
    }
}
