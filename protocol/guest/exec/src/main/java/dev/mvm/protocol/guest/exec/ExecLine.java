package dev.mvm.protocol.guest.exec;

import java.io.IOException;
import java.util.Optional;

/// A program's connection to its guest. Processes in between read no more of a frame than its type. One thread
/// receives; any thread sends and closes.
public interface ExecLine {
    /// Waits for the guest's next frame.
    ///
    /// @return empty if the guest was lost
    /// @throws IOException if the line broke, or was closed
    Optional<ExecFrame> receive() throws IOException, InterruptedException;

    /// Sends a frame; waits while the other side takes none.
    ///
    /// @throws IOException if the line broke, or was closed
    void send(ExecFrame frame) throws IOException, InterruptedException;

    /// Closes the line, which kills the program. Ends every wait.
    void close();
}
