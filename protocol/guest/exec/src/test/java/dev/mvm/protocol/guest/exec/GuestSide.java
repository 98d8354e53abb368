package dev.mvm.protocol.guest.exec;

import dev.mvm.model.Bytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The other side of a stream: its frames as a guest reads and writes them.
public final class GuestSide {
    private GuestSide() {}

    /// Reads a message to a guest.
    public static ToGuest read(ExecFrame frame) throws IOException {
        return ExecPayloadReader.whole(frame.payload(), in -> switch (frame.type()) {
            case ToGuest.EXEC -> new ToGuest.Exec(in.u32(), request(in));
            case ToGuest.STDIN -> new ToGuest.Stdin(in.data());
            case ToGuest.STDIN_EOF -> new ToGuest.StdinEof();
            case ToGuest.WINDOW ->
                new ToGuest.Window(in.one(OutputStreamKind.values(), OutputStreamKind::number), in.u32());
            case ToGuest.RESIZE -> new ToGuest.Resize(new TerminalSize(in.u16(), in.u16()));
            case ToGuest.SIGNAL -> new ToGuest.SendSignal(in.one(ExecSignal.values(), ExecSignal::number));
            default -> throw new ViolationException(ViolationException.TYPE);
        });
    }

    private static ExecRequest request(ExecPayloadReader in) throws ViolationException {
        int flags = in.u8();
        ExecPayloadReader.check((flags & ~(ToGuest.PTY | ToGuest.HAS_STDIN)) == 0);
        ExecPayloadReader.check(in.u8() == 0);
        var size = new TerminalSize(in.u16(), in.u16());
        boolean pty = (flags & ToGuest.PTY) != 0;
        ExecPayloadReader.check(pty || size.equals(new TerminalSize(0, 0)));
        var directory = string(in);
        var argv = strings(in, ExecRequest.MAX_ARGV);
        var env = strings(in, ExecRequest.MAX_ENV);
        return new ExecRequest(
                argv, env, directory, pty ? Optional.of(size) : Optional.empty(), (flags & ToGuest.HAS_STDIN) != 0);
    }

    private static Bytes string(ExecPayloadReader in) throws ViolationException {
        return in.bytes(in.u16());
    }

    private static List<Bytes> strings(ExecPayloadReader in, int most) throws ViolationException {
        int count = in.u16();
        ExecPayloadReader.check(count <= most);
        var out = new ArrayList<Bytes>();
        for (int i = 0; i < count; i++) {
            out.add(string(in));
        }
        return out;
    }

    /// Writes a message of a guest.
    public static ExecFrame write(FromGuest message) {
        var out = new Payload();
        return switch (message) {
            case FromGuest.Started(var pid, var credit) ->
                out.u32(pid).u32(credit).frame(FromGuest.STARTED);
            case FromGuest.Data(var output, var data) ->
                out.bytes(data).frame(output == OutputStreamKind.STDOUT ? FromGuest.STDOUT : FromGuest.STDERR);
            case FromGuest.Window(var credit) -> out.u32(credit).frame(FromGuest.WINDOW);
            case FromGuest.Exit(ProgramEnd.Exited(var status)) ->
                out.u8(FromGuest.EXITED).u8(status).frame(FromGuest.EXIT);
            case FromGuest.Exit(ProgramEnd.Killed(var signal)) ->
                out.u8(FromGuest.KILLED).u8(signal).frame(FromGuest.EXIT);
            case FromGuest.Refused(var reason) -> out.u8(reason.number()).frame(FromGuest.REFUSED);
        };
    }
}
