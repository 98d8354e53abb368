package dev.mvm.agentd.hostd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.InstanceId;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostdFrames;
import dev.mvm.protocol.hostd.OperationReader;
import dev.mvm.protocol.hostd.ReplyWriter;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A server on a socket that follows a script of the test on each connection.
abstract class ScriptedHostd {
    static final InstanceId ID = new InstanceId("i-00000001");

    /// Conduct of the server on one connection.
    @FunctionalInterface
    interface Script {
        void serve(SocketChannel channel, HostdFrames frames, ReplyWriter codec) throws IOException;
    }

    @TempDir
    Path dir;

    ServerSocketChannel server;
    final AtomicInteger connections = new AtomicInteger();
    volatile Script script = ScriptedHostd::done;

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
            script.serve(channel, new HostdFrames(channel::read, ByteBuffer::allocateDirect), new ReplyWriter());
        } catch (IOException e) {
            return; // the client has gone
        }
    }

    static void done(SocketChannel channel, HostdFrames frames, ReplyWriter codec) throws IOException {
        for (var frame = frames.next(); frame.isPresent(); frame = frames.next()) {
            assertThat(OperationReader.operation(frame.get())).isNotNull();
            write(channel, codec.encode(new HostReply.Done()));
        }
    }

    static void write(SocketChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }
}
