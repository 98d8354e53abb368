package dev.mvm.protocol.guest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.exec.ExecFrame;
import dev.mvm.protocol.guest.exec.ExecRefusal;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.ExecSignal;
import dev.mvm.protocol.guest.exec.FromGuest;
import dev.mvm.protocol.guest.exec.OutputStreamKind;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import dev.mvm.protocol.guest.exec.TerminalSize;
import dev.mvm.protocol.guest.exec.ToGuest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Golden bytes, which the C side reads as well.
final class VectorsTest {
    private static final Path FILE = Path.of("../../../docs/protocol/vectors/guest.txt");

    // in the order in which the contract numbers them from 1
    private static final List<OutputStreamKind> OUTPUTS = List.of(OutputStreamKind.STDOUT, OutputStreamKind.STDERR);
    private static final List<HookWord> WORDS = List.of(HookWord.READY, HookWord.IDLE, HookWord.BUSY);
    private static final List<ExecRefusal> REFUSALS = List.of(
            ExecRefusal.TOO_MANY_STREAMS,
            ExecRefusal.NOT_FOUND,
            ExecRefusal.NOT_PERMITTED,
            ExecRefusal.NOT_EXECUTABLE,
            ExecRefusal.NO_RESOURCES);

    /// One line of the file.
    record Vector(String side, String name, Map<String, String> fields, Bytes bytes) {
        static Vector of(String line) {
            int at = line.lastIndexOf(" = ");
            var words = line.substring(0, at).split(" ");
            var fields = new HashMap<String, String>();
            for (var word : Arrays.asList(words).subList(2, words.length)) {
                var pair = word.split("=", 2);
                fields.put(pair[0], pair.length == 2 ? pair[1] : "");
            }
            return new Vector(
                    words[0], words[1], fields, Bytes.of(HexFormat.of().parseHex(line.substring(at + 3))));
        }

        int number(String field) {
            return Integer.parseInt(fields.get(field));
        }

        Bytes hex(String field) {
            return Bytes.of(HexFormat.of().parseHex(fields.get(field)));
        }

        long token() {
            return Long.parseUnsignedLong(fields.get("token"), 16);
        }

        List<Bytes> strings(String field) {
            return Arrays.stream(fields.get(field).split(","))
                    .filter(word -> !word.isEmpty())
                    .map(word -> Bytes.of(word.getBytes(US_ASCII)))
                    .toList();
        }

        @Override
        public String toString() {
            return side + " " + name + " " + fields;
        }
    }

    private static List<Vector> all() throws IOException {
        try (var lines = Files.lines(FILE)) {
            return lines.filter(line -> !line.startsWith("#")).map(Vector::of).toList();
        }
    }

    static Stream<Vector> good() throws IOException {
        return all().stream().filter(vector -> !vector.name().equals("bad"));
    }

    static Stream<Vector> bad() throws IOException {
        return all().stream().filter(vector -> vector.name().equals("bad"));
    }

    @Test
    void everyMessage_hasAVector() throws IOException {
        var said = new ArrayList<Object>();
        for (var vector : good().toList()) {
            var message = vector.side().equals("host") ? message(vector) : guestMessage(vector);
            said.add(message);
            switch (message) {
                case HostMessage.OnStream(var _, var inner) -> said.add(inner);
                case GuestMessage.OnStream inner -> said.add(onStream(inner));
                default -> {}
            }
        }
        assertThat(said.stream().map(Object::getClass))
                .containsAll(records(HostMessage.class))
                .containsAll(records(ToGuest.class))
                .containsAll(records(GuestMessage.class))
                .containsAll(records(FromGuest.class));
        assertThat(bad()).hasSizeGreaterThan(30);
    }

    private static FromGuest onStream(GuestMessage.OnStream message) throws IOException {
        var bytes = new byte[message.payload().remaining()];
        message.payload().duplicate().get(bytes);
        return FromGuest.of(new ExecFrame(message.type(), Bytes.of(bytes)));
    }

    private static List<Class<?>> records(Class<?> type) {
        return type.isRecord()
                ? List.of(type)
                : Arrays.stream(type.getPermittedSubclasses())
                        .flatMap(member -> records(member).stream())
                        .toList();
    }

    @ParameterizedTest
    @MethodSource
    void good(Vector vector) throws IOException {
        if (vector.side().equals("host")) {
            var message = message(vector);
            assertThat(HostEncoder.encode(message))
                    .isEqualTo(ByteBuffer.wrap(vector.bytes().array()));
            assertThat(new HostDecoder(Messages.whole(vector.bytes().array())).next())
                    .contains(message);
        } else {
            var message = guestMessage(vector);
            assertThat(GuestEncoder.encode(message))
                    .isEqualTo(ByteBuffer.wrap(vector.bytes().array()));
            assertThat(new GuestDecoder(Messages.whole(vector.bytes().array())).next())
                    .contains(message);
        }
    }

    @ParameterizedTest
    @MethodSource
    void bad(Vector vector) {
        assertThatThrownBy(() -> read(vector))
                .isInstanceOf(IOException.class)
                .hasMessage(wrong(vector).code());
    }

    /// The host reads frames of streams as far as their header, the agent their payload.
    private static void read(Vector vector) throws IOException {
        var source = Messages.whole(vector.bytes().array());
        if (vector.side().equals("host")) {
            var _ = new HostDecoder(source).next();
        } else if (new GuestDecoder(source).next().orElseThrow() instanceof GuestMessage.OnStream message) {
            var _ = onStream(message);
        }
    }

    private static EndReason wrong(Vector vector) {
        var what = vector.fields().keySet().iterator().next();
        return switch (what) {
            case "magic" -> EndReason.FRAME_MAGIC;
            case "reserved" -> EndReason.FRAME_RESERVED;
            case "length", "length_negative" -> EndReason.FRAME_LENGTH;
            case "unknown_type", "type_of_the_guest", "type_of_the_host" -> EndReason.FRAME_TYPE;
            case "stream_of_the_channel", "exec_on_stream_zero", "exec_on_stream_too_large", "stdout_on_stream_zero" ->
                EndReason.FRAME_STREAM;
            default -> EndReason.FRAME_PAYLOAD;
        };
    }

    private static HostMessage message(Vector v) {
        return switch (v.name()) {
            case "HELLO" -> new HostMessage.Hello(GuestLimits.VERSION, v.hex("nonce"));
            case "PING" -> new HostMessage.Ping(v.token());
            case "POWEROFF" -> new HostMessage.PowerOff();
            case "PREPARE_SLEEP" -> new HostMessage.PrepareSleep(v.token(), v.number("seconds"));
            case "REKEY" ->
                new HostMessage.Rekey(
                        v.token(),
                        Long.parseUnsignedLong(v.fields().get("time")),
                        v.hex("entropy"),
                        v.number("seconds"));
            default -> new HostMessage.OnStream(v.number("stream"), toGuest(v));
        };
    }

    private static ToGuest toGuest(Vector v) {
        return switch (v.name()) {
            case "EXEC" -> new ToGuest.Exec(v.number("credit"), request(v));
            case "STDIN" -> new ToGuest.Stdin(v.hex("data"));
            case "STDIN_EOF" -> new ToGuest.StdinEof();
            case "WINDOW" -> new ToGuest.Window(OUTPUTS.get(v.number("which") - 1), v.number("credit"));
            case "RESIZE" -> new ToGuest.Resize(new TerminalSize(v.number("rows"), v.number("columns")));
            case "SIGNAL" ->
                new ToGuest.SendSignal(ExecSignal.of(v.number("number")).orElseThrow());
            default -> throw new AssertionError("no such message: " + v);
        };
    }

    private static ExecRequest request(Vector v) {
        int flags = v.number("flags");
        Optional<TerminalSize> terminal = (flags & 1) != 0
                ? Optional.of(new TerminalSize(v.number("rows"), v.number("columns")))
                : Optional.empty();
        return new ExecRequest(
                v.strings("argv"),
                v.strings("env"),
                Bytes.of(v.fields().get("directory").getBytes(US_ASCII)),
                terminal,
                (flags & 2) != 0);
    }

    private static GuestMessage guestMessage(Vector v) {
        return switch (v.name()) {
            case "HELLO_ACK" ->
                new GuestMessage.HelloAck(
                        v.number("version"),
                        v.number("ready") == 1,
                        v.hex("nonce"),
                        v.hex("boot"),
                        v.fields().get("agent"));
            case "PONG" -> new GuestMessage.Pong(v.token());
            case "READY" -> new GuestMessage.Ready();
            case "SLEEP_READY" -> new GuestMessage.SleepReady(v.token());
            case "SLEEP_REFUSED" -> new GuestMessage.SleepRefused(v.token());
            case "REKEYED" -> new GuestMessage.Rekeyed(v.token());
            case "REKEY_FAILED" -> new GuestMessage.RekeyFailed(v.token());
            case "HOOK" -> new GuestMessage.Hook(WORDS.get(v.number("word") - 1));
            default -> GuestEncoder.onStream(v.number("stream"), fromGuest(v));
        };
    }

    private static FromGuest fromGuest(Vector v) {
        return switch (v.name()) {
            case "STARTED" -> new FromGuest.Started(v.number("pid"), v.number("credit"));
            case "STDOUT" -> new FromGuest.Data(OutputStreamKind.STDOUT, v.hex("data"));
            case "STDERR" -> new FromGuest.Data(OutputStreamKind.STDERR, v.hex("data"));
            case "WINDOW" -> new FromGuest.Window(v.number("credit"));
            case "EXIT" -> new FromGuest.Exit(end(v));
            case "REFUSED" -> new FromGuest.Refused(REFUSALS.get(v.number("reason") - 1));
            default -> throw new AssertionError("no such message: " + v);
        };
    }

    private static ProgramEnd.OfItself end(Vector v) {
        return v.number("kind") == 0
                ? new ProgramEnd.Exited(v.number("value"))
                : new ProgramEnd.Killed(v.number("value"));
    }
}
