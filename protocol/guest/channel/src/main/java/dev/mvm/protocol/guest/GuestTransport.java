package dev.mvm.protocol.guest;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A connection to a guest, blocking in both directions; a socket channel is one. One thread reads, another writes.
public interface GuestTransport {
    /// Waits for bytes and reads as many as have come and fit.
    ///
    /// @return the number of bytes, at least 1, or -1 when the guest has closed the connection
    int read(ByteBuffer into) throws IOException;

    /// Writes all of `from`, however long the guest takes to make room.
    void write(ByteBuffer from) throws IOException;

    /// Closes the connection. A read and a write that wait in other threads end with an exception. Called from any
    /// thread, and possibly more than once; ignores failures.
    void close();
}
