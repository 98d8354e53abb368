package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Reads the host's messages as an agent does. Not thread-safe.
final class HostDecoder {
    private static final int HELLO_SIZE = 2 * Short.BYTES + Limits.NONCE;

    private final Frames frames;

    HostDecoder(Frames.Source source) {
        frames = new Frames(source);
    }

    /// Ignores everything up to the next hello.
    ///
    /// @return false if the host hung up before
    boolean findHello() throws IOException {
        return frames.seek(HostDecoder::isHello, Limits.HEADER, Long.MAX_VALUE);
    }

    private static boolean isHello(ByteBuffer bytes, int at) {
        return bytes.get(at) == Frames.MAGIC
                && bytes.get(at + 1) == HostEncoder.HELLO
                && bytes.getShort(at + 2) == 0
                && bytes.getInt(at + 4) == 0
                && bytes.getInt(at + 8) == HELLO_SIZE;
    }

    /// The next message; empty when the host has hung up.
    ///
    /// @throws ProtocolViolationException if it sent something else
    Optional<HostMessage> next() throws IOException {
        var frame = frames.next();
        return frame.isPresent() ? Optional.of(message(frame.get())) : Optional.empty();
    }

    private static HostMessage message(Frames.Frame frame) throws ProtocolViolationException {
        boolean ofTheChannel = switch (frame.type()) {
            case HostEncoder.HELLO, HostEncoder.PING, HostEncoder.POWEROFF -> true;
            case HostEncoder.EXEC,
                    HostEncoder.STDIN,
                    HostEncoder.STDIN_EOF,
                    HostEncoder.WINDOW,
                    HostEncoder.RESIZE,
                    HostEncoder.SIGNAL -> false;
            default -> throw new ProtocolViolationException(EndReason.FRAME_TYPE);
        };
        if (ofTheChannel ? frame.stream() != 0 : frame.stream() < 1) {
            throw new ProtocolViolationException(EndReason.FRAME_STREAM);
        }
        return Fields.whole(frame.payload(), in -> message(frame.type(), frame.stream(), in));
    }

    private static HostMessage message(int type, int stream, Fields in) throws ProtocolViolationException {
        return switch (type) {
            case HostEncoder.HELLO -> {
                int version = in.u16();
                Fields.check(in.u16() == 0);
                yield new HostMessage.Hello(version, in.bytes(Limits.NONCE));
            }
            case HostEncoder.PING -> new HostMessage.Ping(in.u64());
            case HostEncoder.EXEC -> new HostMessage.Exec(stream, in.u32(), request(in));
            case HostEncoder.STDIN -> new HostMessage.Stdin(stream, in.data());
            case HostEncoder.STDIN_EOF -> new HostMessage.StdinEof(stream);
            case HostEncoder.WINDOW ->
                new HostMessage.Window(stream, in.one(Output.values(), Output::number), in.u32());
            case HostEncoder.RESIZE -> new HostMessage.Resize(stream, new TerminalSize(in.u16(), in.u16()));
            case HostEncoder.SIGNAL -> new HostMessage.SendSignal(stream, in.one(Signal.values(), Signal::number));
            case HostEncoder.POWEROFF -> new HostMessage.PowerOff();
            default -> throw new ProtocolViolationException(EndReason.FRAME_TYPE);
        };
    }

    private static ExecRequest request(Fields in) throws ProtocolViolationException {
        int flags = in.u8();
        Fields.check((flags & ~(HostEncoder.PTY | HostEncoder.HAS_STDIN)) == 0);
        Fields.check(in.u8() == 0);
        var size = new TerminalSize(in.u16(), in.u16());
        boolean pty = (flags & HostEncoder.PTY) != 0;
        Fields.check(pty || size.equals(new TerminalSize(0, 0)));
        Bytes directory = in.string();
        var argv = in.strings(ExecRequest.MAX_ARGV);
        var env = in.strings(ExecRequest.MAX_ENV);
        return new ExecRequest(
                argv, env, directory, pty ? Optional.of(size) : Optional.empty(), (flags & HostEncoder.HAS_STDIN) != 0);
    }
}
