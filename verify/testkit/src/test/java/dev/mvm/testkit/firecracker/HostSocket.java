package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// The host's end of a vsock connection.
final class HostSocket implements AutoCloseable {
    private static final long PATIENCE = TimeUnit.MINUTES.toNanos(2);

    private final UnixConnection connection;

    HostSocket(Path path) throws IOException {
        connection = UnixConnection.open(path);
    }

    HostSocket say(String text) throws IOException {
        connection.write(ByteBuffer.wrap(text.getBytes(UTF_8)), System.nanoTime() + PATIENCE);
        return this;
    }

    /// Exactly `length` bytes, or what comes before the end.
    String hear(int length) throws IOException {
        var bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining() && connection.read(bytes, System.nanoTime() + PATIENCE) >= 0) {
            // until it is all there
        }
        return UTF_8.decode(bytes.flip()).toString();
    }

    boolean hearsEnd() throws IOException {
        try {
            return connection.read(ByteBuffer.allocate(1), System.nanoTime() + PATIENCE) < 0;
        } catch (java.io.InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            return true; // reset
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
