package dev.mvm.protocol.guest;

import static dev.mvm.protocol.guest.FrameBuilder.frame;

import java.nio.ByteBuffer;

/// The host's messages as frames.
final class HostEncoder {
    static final int HELLO = 0x01;
    static final int PING = 0x02;
    static final int EXEC = 0x03;
    static final int STDIN = 0x04;
    static final int STDIN_EOF = 0x05;
    static final int WINDOW = 0x06;
    static final int RESIZE = 0x07;
    static final int SIGNAL = 0x08;
    static final int POWEROFF = 0x09;

    static final int PTY = 1;
    static final int HAS_STDIN = 2;

    private HostEncoder() {}

    static ByteBuffer encode(HostMessage message) {
        var frame = switch (message) {
            case HostMessage.Hello m -> frame(HELLO, 0).u16(m.version()).u16(0).bytes(m.nonce());
            case HostMessage.Ping m -> frame(PING, 0).u64(m.token());
            case HostMessage.Exec m -> exec(m);
            case HostMessage.Stdin m -> frame(STDIN, m.stream()).bytes(m.data());
            case HostMessage.StdinEof m -> frame(STDIN_EOF, m.stream());
            case HostMessage.Window m ->
                frame(WINDOW, m.stream()).u8(m.output().number()).u32(m.credit());
            case HostMessage.Resize m ->
                frame(RESIZE, m.stream()).u16(m.size().rows()).u16(m.size().columns());
            case HostMessage.SendSignal m ->
                frame(SIGNAL, m.stream()).u8(m.signal().number());
            case HostMessage.PowerOff _ -> frame(POWEROFF, 0);
        };
        return frame.end();
    }

    private static FrameBuilder exec(HostMessage.Exec message) {
        var request = message.request();
        int flags = (request.terminal().isPresent() ? PTY : 0) | (request.stdin() ? HAS_STDIN : 0);
        var size = request.terminal().orElse(new TerminalSize(0, 0));
        return frame(EXEC, message.stream())
                .u32(message.credit())
                .u8(flags)
                .u8(0)
                .u16(size.rows())
                .u16(size.columns())
                .string(request.directory())
                .strings(request.argv())
                .strings(request.env());
    }
}
