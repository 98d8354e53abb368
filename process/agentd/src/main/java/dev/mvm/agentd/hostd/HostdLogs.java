package dev.mvm.agentd.hostd;

import dev.mvm.protocol.guest.exec.ExecFrame;
import dev.mvm.protocol.hostd.client.LogFrame;
import dev.mvm.protocol.hostd.client.StreamFrame;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A connection to hostd on which a guestd sends what a VM has printed. A guestd that a guest has taken over may send
/// anything, or nothing.
final class HostdLogs implements LogStream {
    private final HostdConnection connection;

    private HostdLogs(HostdConnection connection) {
        this.connection = connection;
    }

    /// Waits for the first frame, which comes at once, whether or not anything has been printed.
    ///
    /// @param connection on which the request was sent; closed unless a stream is returned
    /// @return empty if hostd or guestd has replied instead, or neither in time
    static Optional<LogStream> open(HostdConnection connection, Duration patience)
            throws IOException, InterruptedException {
        var opened = Optional.<LogStream>empty();
        var first = new CompletableFuture<Optional<ExecFrame>>();
        Thread.ofVirtual().start(() -> receive(connection, first));
        try {
            var frame = first.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (frame.isPresent() && !(read(frame.get()) instanceof LogFrame.Begin)) {
                throw new IOException("a console's stream has no beginning");
            }
            opened = frame.map(_ -> new HostdLogs(connection));
            return opened;
        } catch (TimeoutException e) {
            return opened;
        } catch (ExecutionException e) {
            throw new IOException("the connection is lost", e);
        } finally {
            if (opened.isEmpty()) {
                connection.close();
            }
        }
    }

    private static void receive(HostdConnection connection, CompletableFuture<Optional<ExecFrame>> into) {
        try {
            into.complete(connection.receive());
        } catch (IOException e) {
            into.completeExceptionally(e);
        }
    }

    private static LogFrame read(ExecFrame frame) throws IOException {
        return LogFrame.read(new StreamFrame(frame.type(), frame.payload()));
    }

    @Override
    public LogFrame receive() throws IOException {
        return read(connection.receive().orElseThrow(() -> new EOFException("a reply inside a console's stream")));
    }

    @Override
    public void close() {
        connection.close();
    }
}
