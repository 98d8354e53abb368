package dev.mvm.agentd.hostd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.hostd.ExecInput;
import dev.mvm.protocol.hostd.Frames;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.MalformedFrameException;
import dev.mvm.protocol.hostd.OperationReader;
import dev.mvm.protocol.hostd.Program;
import dev.mvm.protocol.hostd.ReplyWriter;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The client against a server that speaks the frames, over a real socket.
final class HostdSocketTest {
    private static final InstanceId ID = new InstanceId("i-00000001");

    /// What the server does with one connection.
    @FunctionalInterface
    private interface Script {
        void serve(SocketChannel channel, Frames frames, ReplyWriter codec) throws IOException;
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
            script.serve(channel, new Frames(channel::read), new ReplyWriter());
        } catch (IOException e) {
            return; // the client has gone
        }
    }

    private static void done(SocketChannel channel, Frames frames, ReplyWriter codec) throws IOException {
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

    @Test
    void program_hasItsConnectionToItself() throws Exception {
        script = (channel, frames, codec) -> {
            assertThat(OperationReader.operation(frames.next().orElseThrow()))
                    .isInstanceOf(HostOperation.GuestExec.class);
            write(channel, codec.encode(new HostReply.ExecStarted(42)));
            var input = (ExecInput.Stdin) OperationReader.input(frames.next().orElseThrow());
            write(channel, codec.encode(new HostReply.Stdout(input.data())));
            write(channel, codec.encode(new HostReply.Exit(7, 0)));
        };
        var cat = new Program(List.of(Bytes.of("cat".getBytes(US_ASCII))), List.of(), "", Optional.empty(), true);
        try (var hostd = new HostdSocket(dir.resolve("s"))) {
            var started = hostd.exec(new HostOperation.GuestExec(ID, cat));
            assertThat(started).isInstanceOf(Hostd.Exec.Running.class);
            try (var program = ((Hostd.Exec.Running) started).program()) {
                program.send(new ExecInput.Stdin(Bytes.of(new byte[] {1, 2, 3})));
                assertThat(program.receive()).isEqualTo(new HostReply.Stdout(Bytes.of(new byte[] {1, 2, 3})));
                assertThat(program.receive()).isEqualTo(new HostReply.Exit(7, 0));
            }
        }
    }
}
