package dev.mvm.testkit.firecracker;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/// A running VMM, the stand-in or the real one.
public interface VmmProcess extends AutoCloseable {
    /// Returns the path of the API socket, outside the jail.
    Path apiSocket();

    /// Returns the directory that the process sees as `/`.
    Jail jail();

    /// Returns the exit status, once the process has ended.
    CompletableFuture<Integer> exit();

    /// Ends it at once.
    void kill();

    /// Ends it, if it still runs.
    @Override
    void close();
}
