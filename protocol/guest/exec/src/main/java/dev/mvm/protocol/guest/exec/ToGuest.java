package dev.mvm.protocol.guest.exec;

import dev.mvm.model.Bytes;

/// A message to a guest on a program's stream. A closed set: each record is one type of frame.
public sealed interface ToGuest {
    int EXEC = 0x03;
    int STDIN = 0x04;
    int STDIN_EOF = 0x05;
    int WINDOW = 0x06;
    int RESIZE = 0x07;
    int SIGNAL = 0x08;

    int PTY = 1;
    int HAS_STDIN = 2;

    /// Opens the stream.
    ///
    /// @param credit for each output
    record Exec(int credit, ExecRequest request) implements ToGuest {
        public Exec {
            ExecLimits.credit(credit);
        }
    }

    record Stdin(Bytes data) implements ToGuest {
        public Stdin {
            ExecLimits.data(data);
        }
    }

    record StdinEof() implements ToGuest {}

    /// Grants further credit for one output.
    record Window(OutputStreamKind output, int credit) implements ToGuest {
        public Window {
            ExecLimits.credit(credit);
        }
    }

    record Resize(TerminalSize size) implements ToGuest {}

    record SendSignal(ExecSignal signal) implements ToGuest {}

    /// Returns the message as a frame.
    default ExecFrame frame() {
        var out = new Payload();
        return switch (this) {
            case Exec(var credit, var request) -> exec(out.u32(credit), request);
            case Stdin(var data) -> out.bytes(data).frame(STDIN);
            case StdinEof() -> out.frame(STDIN_EOF);
            case Window(var output, var credit) ->
                out.u8(output.number()).u32(credit).frame(WINDOW);
            case Resize(var size) -> out.u16(size.rows()).u16(size.columns()).frame(RESIZE);
            case SendSignal(var signal) -> out.u8(signal.number()).frame(SIGNAL);
        };
    }

    private static ExecFrame exec(Payload out, ExecRequest request) {
        int flags = (request.terminal().isPresent() ? PTY : 0) | (request.stdin() ? HAS_STDIN : 0);
        var size = request.terminal().orElse(new TerminalSize(0, 0));
        return out.u8(flags)
                .u8(0)
                .u16(size.rows())
                .u16(size.columns())
                .string(request.directory())
                .strings(request.argv())
                .strings(request.env())
                .frame(EXEC);
    }
}
