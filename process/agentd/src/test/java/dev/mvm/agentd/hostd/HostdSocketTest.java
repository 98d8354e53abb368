package dev.mvm.agentd.hostd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.exec.ExecFrame;
import dev.mvm.protocol.guest.exec.ExecOutput;
import dev.mvm.protocol.guest.exec.ExecRefusal;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.ExecStream;
import dev.mvm.protocol.guest.exec.FromGuest;
import dev.mvm.protocol.guest.exec.GuestSide;
import dev.mvm.protocol.guest.exec.OutputStreamKind;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import dev.mvm.protocol.guest.exec.RunningProgram;
import dev.mvm.protocol.guest.exec.ToGuest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostdFrames;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.OperationReader;
import dev.mvm.protocol.hostd.client.LogFrame;
import dev.mvm.protocol.hostd.client.OperationWriter;
import dev.mvm.protocol.hostd.client.StreamFrame;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Programs by the client, against a server that speaks the frames, over a real socket.
final class HostdSocketTest extends ScriptedHostd {
    private static ExecRequest cat() {
        return new ExecRequest(
                List.of(Bytes.of("cat".getBytes(US_ASCII))), List.of(), Bytes.EMPTY, Optional.empty(), true);
    }

    private static void say(SocketChannel channel, FromGuest message) throws IOException {
        write(channel, new OperationWriter().encode(frame(message)));
    }

    private static ToGuest hear(HostdFrames frames) throws IOException {
        var frame = StreamFrame.read(frames.next().orElseThrow());
        return GuestSide.read(new ExecFrame(frame.type(), frame.payload()));
    }

    /// Waits for a request to run `cat`.
    private static void expectCat(HostdFrames frames) throws IOException {
        var operation = OperationReader.operation(frames.next().orElseThrow());
        assertThat(operation).isEqualTo(new HostOperation.GuestExec(ID, ExecStream.opening(cat())));
    }

    @Test
    void program_hasItsConnectionToItself() throws Exception {
        script = (channel, frames, _) -> {
            expectCat(frames);
            say(channel, new FromGuest.Started(42, 65_536));
            var input = (ToGuest.Stdin) hear(frames);
            say(channel, new FromGuest.Data(OutputStreamKind.STDOUT, input.data()));
            say(channel, new FromGuest.Exit(new ProgramEnd.Exited(7)));
        };
        try (var hostd = new HostdSocket(dir.resolve("s"));
                var program = running(hostd)) {
            program.stdin(Bytes.of(new byte[] {1, 2, 3}));
            assertThat(program.receive()).isEqualTo(new ExecOutput.Stdout(Bytes.of(new byte[] {1, 2, 3})));
            assertThat(program.receive()).isEqualTo(new ExecOutput.Ended(new ProgramEnd.Exited(7)));
        }
    }

    private static RunningProgram running(HostdSocket hostd) throws Exception {
        var started = hostd.exec(ID, cat());
        assertThat(started).isInstanceOf(Hostd.Exec.Running.class);
        return ((Hostd.Exec.Running) started).program();
    }

    @Test
    void logs_arriveInTheirOrder_untilTheEnd() throws Exception {
        var pieces =
                List.of(new LogFrame.Lost(7), new LogFrame.Output(Bytes.of(new byte[] {1, 2})), new LogFrame.End());
        script = (channel, frames, _) -> {
            expectLogs(frames, true);
            write(channel, new OperationWriter().encode(new LogFrame.Begin().frame()));
            for (var piece : pieces) {
                write(channel, new OperationWriter().encode(piece.frame()));
            }
        };
        try (var hostd = new HostdSocket(dir.resolve("s"))) {
            assertThat(hostd.logs(ID, true)).isInstanceOfSatisfying(Hostd.Logs.Opened.class, opened -> {
                try (var stream = opened.stream()) {
                    for (var piece : pieces) {
                        assertThat(stream.receive()).isEqualTo(piece);
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    @Test
    void logsThatAreRefused_haveTheReason() throws Exception {
        script = (channel, frames, codec) -> {
            expectLogs(frames, false);
            write(channel, codec.encode(refused("no_log")));
        };
        try (var hostd = new HostdSocket(dir.resolve("s"))) {
            assertThat(hostd.logs(ID, false)).isEqualTo(new Hostd.Logs.NotOpened(refused("no_log")));
        }
    }

    /// A guestd that a guest has taken over says anything.
    @Test
    @Tag("claim-G7")
    void whatIsNoLog_endsTheConnection() throws Exception {
        for (var frame : List.of(
                new LogFrame.End().frame(),
                new StreamFrame(LogFrame.BEGIN, Bytes.of(new byte[] {1})),
                new StreamFrame(0x84, Bytes.of(new byte[] {1})))) {
            script = (channel, frames, _) -> {
                expectLogs(frames, false);
                write(channel, new OperationWriter().encode(frame));
            };
            try (var hostd = new HostdSocket(dir.resolve("s"))) {
                assertThatIOException().isThrownBy(() -> hostd.logs(ID, false));
            }
        }
    }

    private static void expectLogs(HostdFrames frames, boolean follow) throws IOException {
        assertThat(OperationReader.operation(frames.next().orElseThrow()))
                .isEqualTo(new HostOperation.GuestLogs(ID, follow));
    }

    @Test
    void whatHostdRefuses_isPassedOn() throws Exception {
        script = (channel, frames, codec) -> {
            expectCat(frames);
            write(channel, codec.encode(refused("exec_not_granted")));
        };
        try (var hostd = new HostdSocket(dir.resolve("s"))) {
            assertThat(hostd.exec(ID, cat())).isEqualTo(new Hostd.Exec.NotRunning(refused("exec_not_granted")));
        }
    }

    private static HostReply refused(String reason) {
        return new HostReply.Refused(new Label(reason));
    }

    @Test
    void whatTheGuestRefuses_hasAReasonOfItsOwn() throws Exception {
        var reasons = Map.of(
                ExecRefusal.TOO_MANY_STREAMS, "guest_busy",
                ExecRefusal.NO_RESOURCES, "guest_busy",
                ExecRefusal.NOT_FOUND, "program_not_found",
                ExecRefusal.NOT_PERMITTED, "program_not_executable",
                ExecRefusal.NOT_EXECUTABLE, "program_not_executable");
        try (var hostd = new HostdSocket(dir.resolve("s"))) {
            for (var refusal : ExecRefusal.values()) {
                script = (channel, frames, _) -> {
                    expectCat(frames);
                    say(channel, new FromGuest.Refused(refusal));
                };
                assertThat(hostd.exec(ID, cat())).isEqualTo(new Hostd.Exec.NotRunning(refused(reasons.get(refusal))));
            }
        }
    }

    @Test
    void guestThatIsLost_endsTheProgram() throws Exception {
        script = (channel, frames, codec) -> {
            expectCat(frames);
            say(channel, new FromGuest.Started(42, 65_536));
            say(channel, new FromGuest.Data(OutputStreamKind.STDOUT, Bytes.of(new byte[] {1})));
            write(channel, codec.encode(refused("guest_unreachable")));
        };
        try (var hostd = new HostdSocket(dir.resolve("s"));
                var program = running(hostd)) {
            assertThat(program.receive()).isEqualTo(new ExecOutput.Stdout(Bytes.of(new byte[] {1})));
            assertThat(program.receive()).isEqualTo(new ExecOutput.Ended(new ProgramEnd.Lost("guest_lost")));
        }
    }

    /// The end of the program is unknown then.
    @Test
    void hostdThatIsGone_isAnIoException() throws Exception {
        try (var hostd = new HostdSocket(dir.resolve("s"))) {
            script = (_, frames, _) -> expectCat(frames);
            assertThatThrownBy(() -> hostd.exec(ID, cat())).isInstanceOf(IOException.class);
            script = (channel, frames, _) -> {
                expectCat(frames);
                say(channel, new FromGuest.Started(42, 65_536));
            };
            try (var program = running(hostd)) {
                assertThatThrownBy(program::receive).isInstanceOf(IOException.class);
            }
        }
    }

    /// Each attack breaks a rule after a program has started; the agent has to check the frames. The test receives
    /// only after the connection is closed: receiving grants more credit, and an excess would be within it.
    @Test
    @Tag("claim-G1")
    void guestThatBreaksARule_losesItsProgram_andTheConnectionIsClosed() throws Exception {
        var attacks = Map.<String, List<StreamFrame>>of(
                "out_of_order", List.of(frame(new FromGuest.Started(43, 1))),
                "credit_exceeded", List.of(output(16_384), output(16_384), output(1)),
                "credit_overflow", List.of(frame(new FromGuest.Window(1 << 20))),
                "frame_payload", List.of(new StreamFrame(FromGuest.EXIT, Bytes.of(new byte[] {7, 7, 7}))),
                "frame_type", List.of(new StreamFrame(0x89, Bytes.EMPTY)));
        try (var hostd = new HostdSocket(dir.resolve("s"))) {
            for (var attack : attacks.entrySet()) {
                var closed = new CountDownLatch(1);
                script = (channel, frames, _) -> {
                    expectCat(frames);
                    say(channel, new FromGuest.Started(42, 65_536));
                    for (var frame : attack.getValue()) {
                        write(channel, new OperationWriter().encode(frame));
                    }
                    assertThat(frames.next()).isEmpty();
                    closed.countDown();
                };
                try (var program = running(hostd)) {
                    assertThat(closed.await(60, TimeUnit.SECONDS)).isTrue();
                    var last = program.receive();
                    while (!(last instanceof ExecOutput.Ended)) {
                        last = program.receive();
                    }
                    assertThat(last).isEqualTo(new ExecOutput.Ended(new ProgramEnd.Lost(attack.getKey())));
                }
            }
        }
    }

    private static StreamFrame output(int bytes) {
        return frame(new FromGuest.Data(OutputStreamKind.STDERR, Bytes.of(new byte[bytes])));
    }

    private static StreamFrame frame(FromGuest message) {
        var frame = GuestSide.write(message);
        return new StreamFrame(frame.type(), frame.payload());
    }
}
