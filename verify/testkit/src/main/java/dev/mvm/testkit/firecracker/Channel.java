package dev.mvm.testkit.firecracker;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A vsock connection as the guest sees it. Nothing moves while the microVM is paused.
public interface Channel extends AutoCloseable {
    /// Waits for at least one byte.
    ///
    /// @return the number of bytes, or -1 when the host has closed
    /// @throws IOException when the connection was reset, as by a snapshot
    int read(ByteBuffer into) throws IOException, InterruptedException;

    /// Writes all of `from`.
    ///
    /// @throws IOException when the connection was reset or the host has closed
    void write(ByteBuffer from) throws IOException, InterruptedException;

    @Override
    void close();
}
