package dev.mvm.agentd.hostd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
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
import dev.mvm.protocol.hostd.MalformedFrameException;
import dev.mvm.protocol.hostd.OperationReader;
import dev.mvm.protocol.hostd.ReplyWriter;
import dev.mvm.protocol.hostd.StreamFrame;
import dev.mvm.protocol.hostd.client.OperationWriter;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The client against a server that speaks the frames, over a real socket.
final class HostdSocketTest {
    private static final InstanceId ID = new InstanceId("i-00000001");

    /// What the server does with one connection.
    @FunctionalInterface
    private interface Script {
        void serve(SocketChannel channel, HostdFrames frames, ReplyWriter codec) throws IOException;
    }

    @TempDir
    Path dir;

    private ServerSocketChannel server;
    private final AtomicInteger connections = new AtomicInteger();
    private volatile Script script = HostdSocketTest::done;

    @BeforeEach
    void listen() throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(dir.resolve("s")));
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    var channel = server.accept();
                    connections.incrementAndGet();
                    Thread.ofVirtual().start(() -> serve(channel));
                }
            } catch (IOException e) {
                return; // closed at the end of the test
            }
        });
    }

    private void serve(SocketChannel channel) {
        try (channel) {
            script.serve(channel, new HostdFrames(channel::read), new ReplyWriter());
        } catch (IOException e) {
            return; // the client has gone
        }
    }

    private static void done(SocketChannel channel, HostdFrames frames, ReplyWriter codec) throws IOException {
        for (var frame = frames.next(); frame.isPresent(); frame = frames.next()) {
            assertThat(OperationReader.operation(frame.get())).isNotNull();
            write(channel, codec.encode(new HostReply.Done()));
        }
    }

    private static void write(SocketChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void connection_isUsedAgain() throws Exception {
        try (var hostd = new HostdSocket(dir.resolve("s"))) {
            for (int i = 0; i < 20; i++) {
                assertThat(hostd.call(new HostOperation.PauseInstance(ID))).isEqualTo(new HostReply.Done());
            }
        }
        assertThat(connections).hasValue(1);
    }

    @Test
    void brokenConnection_isReported_andTheNextCallWorks() throws Exception {
        try (var hostd = new HostdSocket(dir.resolve("s"))) {
            script = (_, frames, _) -> assertThat(frames.next()).isPresent();
            assertThatThrownBy(() -> hostd.call(new HostOperation.PauseInstance(ID)))
                    .isInstanceOf(IOException.class);
            script = HostdSocketTest::done;
            assertThat(hostd.call(new HostOperation.PauseInstance(ID))).isEqualTo(new HostReply.Done());
        }
    }

    @Test
    void answerThatIsNotInTheProtocol_closesTheConnection() throws Exception {
        script = (channel, frames, _) -> {
            assertThat(frames.next()).isPresent();
            write(channel, ByteBuffer.wrap(new byte[] {0, 0, 0, 2, 9, 9}));
            assertThat(frames.next()).isEmpty();
        };
        try (var hostd = new HostdSocket(dir.resolve("s"))) {
            assertThatThrownBy(() -> hostd.call(new HostOperation.PauseInstance(ID)))
                    .isInstanceOf(MalformedFrameException.class);
        }
    }

    @Test
    void noHostd_isAnIoException() {
        try (var hostd = new HostdSocket(dir.resolve("nobody"))) {
            assertThatThrownBy(() -> hostd.call(new HostOperation.PauseInstance(ID)))
                    .isInstanceOf(IOException.class);
        }
    }

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

    /// What becomes of the program is then not known.
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

    /// Each breaks a rule after a program has started; what is in the frames is for the agent to check. Nobody
    /// receives before the connection is closed: who receives grants more, and an excess would be within it.
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
