package dev.mvm.protocol.firecracker;

import java.io.IOException;

/// Opens streams to the API socket of one VMM.
public interface Connector {
    /// Connects.
    ///
    /// @param deadline a reading of `System.nanoTime()`
    /// @throws java.io.InterruptedIOException when the deadline has passed
    /// @throws IOException when nobody listens
    Connection connect(long deadline) throws IOException;
}
