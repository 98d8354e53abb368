package dev.mvm.protocol.guest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.model.Bytes;
import dev.mvm.property.Draw;
import dev.mvm.protocol.guest.exec.ExecRefusal;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.ExecSignal;
import dev.mvm.protocol.guest.exec.FromGuest;
import dev.mvm.protocol.guest.exec.OutputStreamKind;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import dev.mvm.protocol.guest.exec.TerminalSize;
import dev.mvm.protocol.guest.exec.ToGuest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/// Messages drawn at random, and byte streams cut at random.
final class Messages {
    private Messages() {}

    static HostMessage host(Draw draw) {
        return switch (draw.intBetween(0, 5)) {
            case 0 -> new HostMessage.PowerOff();
            case 1 -> new HostMessage.Ping(token(draw));
            case 2 -> new HostMessage.Hello(draw.intBetween(0, 65_535), nonce(draw));
            case 3 -> new HostMessage.PrepareSleep(token(draw), draw.intBetween(1, 3_600));
            case 4 ->
                new HostMessage.Rekey(
                        token(draw), token(draw), Bytes.of(draw.bytes(64, 64)), draw.intBetween(1, 3_600));
            default -> new HostMessage.OnStream(stream(draw), toGuest(draw));
        };
    }

    private static ToGuest toGuest(Draw draw) {
        return switch (draw.intBetween(0, 5)) {
            case 0 -> new ToGuest.Exec(credit(draw), request(draw));
            case 1 -> new ToGuest.Stdin(data(draw));
            case 2 -> new ToGuest.StdinEof();
            case 3 -> new ToGuest.Window(draw.one(OutputStreamKind.STDOUT, OutputStreamKind.STDERR), credit(draw));
            case 4 -> new ToGuest.Resize(size(draw));
            default -> new ToGuest.SendSignal(draw.of(List.of(ExecSignal.values())));
        };
    }

    static GuestMessage guest(Draw draw) {
        return switch (draw.intBetween(0, 8)) {
            case 0 -> new GuestMessage.Ready();
            case 1 -> new GuestMessage.Pong(token(draw));
            case 2 -> new GuestMessage.Hook(draw.of(List.of(HookWord.values())));
            case 3 -> helloAck(draw, nonce(draw));
            case 4 -> new GuestMessage.SleepReady(token(draw));
            case 5 -> new GuestMessage.SleepRefused(token(draw));
            case 6 -> new GuestMessage.Rekeyed(token(draw));
            case 7 -> new GuestMessage.RekeyFailed(token(draw));
            default -> GuestEncoder.onStream(stream(draw), fromGuest(draw));
        };
    }

    static FromGuest fromGuest(Draw draw) {
        return switch (draw.intBetween(0, 4)) {
            case 0 -> new FromGuest.Started(draw.intBetween(1, Integer.MAX_VALUE), credit(draw));
            case 1 -> new FromGuest.Data(draw.one(OutputStreamKind.STDOUT, OutputStreamKind.STDERR), data(draw));
            case 2 -> new FromGuest.Window(credit(draw));
            case 3 -> new FromGuest.Exit(end(draw));
            default -> new FromGuest.Refused(draw.of(List.of(ExecRefusal.values())));
        };
    }

    static GuestMessage.HelloAck helloAck(Draw draw, Bytes nonce) {
        return new GuestMessage.HelloAck(
                draw.intBetween(0, 65_535), draw.flag(), nonce, nonce(draw), draw.text(1, 32, "0.1 ~"));
    }

    private static long token(Draw draw) {
        return draw.between(Long.MIN_VALUE, Long.MAX_VALUE);
    }

    static Bytes nonce(Draw draw) {
        return Bytes.of(draw.bytes(16, 16));
    }

    private static int stream(Draw draw) {
        return draw.flag() ? draw.intBetween(1, Integer.MAX_VALUE) : draw.one(1, Integer.MAX_VALUE);
    }

    private static int credit(Draw draw) {
        return draw.flag() ? draw.intBetween(0, 1 << 20) : draw.one(1 << 20, 0);
    }

    private static Bytes data(Draw draw) {
        return draw.between(0, 9) == 9 ? Bytes.of(new byte[16_384]) : Bytes.of(draw.bytes(1, 40));
    }

    private static TerminalSize size(Draw draw) {
        return new TerminalSize(draw.intBetween(0, 65_535), draw.intBetween(0, 65_535));
    }

    private static ExecRequest request(Draw draw) {
        return new ExecRequest(
                draw.list(1, 5, () -> string(draw.text(0, 8, "ab \u00ff/-"))),
                draw.list(0, 3, () -> string("N=" + draw.text(0, 5, "x="))),
                string(draw.one("", "/", "/tmp/\u00e9")),
                draw.flag() ? Optional.of(size(draw)) : Optional.empty(),
                draw.flag());
    }

    private static ProgramEnd.OfItself end(Draw draw) {
        return draw.flag()
                ? new ProgramEnd.Killed(draw.intBetween(1, 64))
                : new ProgramEnd.Exited(draw.intBetween(0, 255));
    }

    private static Bytes string(String text) {
        return Bytes.of(text.getBytes(ISO_8859_1));
    }

    /// The frames one after another, with zero bytes between them if `draw` says so.
    static byte[] wire(Draw draw, List<ByteBuffer> frames) {
        var wire = new ByteArrayOutputStream();
        for (var frame : frames) {
            wire.writeBytes(new byte[draw.flag() ? 0 : draw.intBetween(0, 20)]);
            wire.writeBytes(bytes(frame));
        }
        return wire.toByteArray();
    }

    static byte[] bytes(ByteBuffer frame) {
        var out = new byte[frame.remaining()];
        frame.get(out);
        return out;
    }

    /// A source that hands out `bytes` in pieces of random sizes.
    static GuestFrames.Source pieces(Draw draw, byte[] bytes) {
        var left = ByteBuffer.wrap(bytes);
        int most = draw.one(64, 1, 7, 40_000);
        return into -> {
            if (!left.hasRemaining()) {
                return -1;
            }
            int count = Math.min(Math.min(left.remaining(), into.remaining()), draw.intBetween(1, most));
            into.put(left.slice(left.position(), count));
            left.position(left.position() + count);
            return count;
        };
    }

    /// A source that hands out as many of `bytes` at a time as there is room for.
    static GuestFrames.Source whole(byte[] bytes) {
        var left = ByteBuffer.wrap(bytes);
        return into -> {
            int count = Math.min(left.remaining(), into.remaining());
            into.put(left.slice(left.position(), count));
            left.position(left.position() + count);
            return count == 0 ? -1 : count;
        };
    }
}
