package dev.mvm.testkit.firecracker;

import dev.mvm.protocol.firecracker.Answer;
import dev.mvm.protocol.firecracker.FirecrackerClient;
import dev.mvm.protocol.firecracker.Operation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;

/// Asks a process, each time on a connection of its own.
record ApiClient(Path socket) {
    /// Sends an operation and waits for what becomes of it.
    ///
    /// @throws UncheckedIOException without a listener
    <T> Answer<T> call(Operation<T> operation, Duration patience) {
        try (var connection = UnixConnection.open(socket)) {
            return new FirecrackerClient(connection).call(operation, System.nanoTime() + patience.toNanos());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
