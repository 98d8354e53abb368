package dev.mvm.protocol.qmp;

import java.io.IOException;
import java.nio.ByteBuffer;

/// One open stream to a QMP monitor. Used by one thread.
public interface MonitorConnection extends AutoCloseable {
    /// Reads what has arrived, waiting for at least one byte.
    ///
    /// @param into has room for at least one byte; its position advances
    /// @param deadline a reading of `System.nanoTime()`
    /// @return the number of bytes, at least 1, or -1 when the other side has closed
    /// @throws java.io.InterruptedIOException when the deadline has passed and nothing was read
    /// @throws IOException when the connection is broken
    int read(ByteBuffer into, long deadline) throws IOException;

    /// Writes all of `from`.
    ///
    /// @param deadline a reading of `System.nanoTime()`
    /// @throws java.io.InterruptedIOException when the deadline has passed; part may have been written
    /// @throws IOException when the connection is broken
    void write(ByteBuffer from, long deadline) throws IOException;

    /// Gives the connection up. Never fails and may be repeated.
    @Override
    void close();
}
