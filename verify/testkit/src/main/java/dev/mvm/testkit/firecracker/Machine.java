package dev.mvm.testkit.firecracker;

import java.io.IOException;

/// A microVM as its guest sees it.
public interface Machine {
    /// Connects to a host port over vsock, which is a Unix socket beside the one of the device.
    ///
    /// @throws java.net.ConnectException without a listener there: the guest gets a reset
    /// @throws IOException when the connection is reset before it is made
    Channel dial(int port) throws IOException, InterruptedException;

    GuestMemory memory();

    /// The guest resets or powers off; either ends the process with 0.
    void reset();
}
