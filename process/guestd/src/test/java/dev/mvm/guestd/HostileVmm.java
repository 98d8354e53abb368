package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A VMM that the guest has taken over: it serves its first connection as the test says.
final class HostileVmm implements AutoCloseable {
    /// Serves a connection. An exception ends the connection.
    @FunctionalInterface
    interface Behaviour {
        void serve(SocketChannel connection) throws IOException;

        default Behaviour thenHangUp() {
            return connection -> {
                serve(connection);
                connection.close();
            };
        }
    }

    private final Path socket;
    private final ServerSocketChannel listener;
    private final CompletableFuture<List<String>> requests = new CompletableFuture<>();

    HostileVmm(Path socket, Behaviour behaviour) throws IOException {
        this.socket = socket;
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().start(() -> serve(behaviour));
    }

    /// Answers each request with the next of `answers`, and then is silent.
    static Behaviour saying(String... answers) {
        return connection -> {
            for (var answer : answers) {
                connection.read(ByteBuffer.allocate(65_536));
                say(connection, answer);
            }
        };
    }

    static void say(SocketChannel connection, String text) throws IOException {
        var bytes = ByteBuffer.wrap(text.getBytes(ISO_8859_1));
        while (bytes.hasRemaining()) {
            connection.write(bytes);
        }
    }

    private void serve(Behaviour behaviour) {
        var heard = new ArrayList<String>();
        try (var connection = listener.accept()) {
            behaviour.serve(connection);
            var piece = ByteBuffer.allocate(65_536);
            while (connection.read(piece.clear()) >= 0) {
                heard.add(ISO_8859_1.decode(piece.flip()).toString());
            }
        } catch (IOException e) {
            heard.add(e.toString());
        } finally {
            requests.complete(heard);
        }
    }

    Path socket() {
        return socket;
    }

    /// Returns the further requests until the last holder closed the connection; waits for that.
    List<String> untilLetGo() throws Exception {
        return requests.get(RunningGuestd.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
