package dev.mvm.protocol.guest.exec;

import dev.mvm.model.Bytes;
import java.io.IOException;

/// A program that runs in a guest. One thread receives, any other sends; input that must stay in order comes from
/// one thread at a time. After the program's end, or [#close], sending is a no-op.
public interface RunningProgram extends AutoCloseable {
    /// Passes input on; waits while the guest has granted no credit for it.
    ///
    /// @throws IllegalStateException if the request excluded input, or input has been closed
    /// @throws InterruptedException if interrupted before all of it was passed on
    void stdin(Bytes data) throws InterruptedException;

    /// Ends the input.
    ///
    /// @throws IllegalStateException if the request excluded input, or input has been closed
    void closeStdin() throws InterruptedException;

    /// Changes the terminal's size.
    ///
    /// @throws IllegalStateException if the program has no terminal
    void resize(TerminalSize size) throws InterruptedException;

    /// Sends a signal to the program and its process group.
    void signal(ExecSignal signal) throws InterruptedException;

    /// Waits for the next output. Until the next call the program may write at most 32 KiB more to each output and
    /// then waits; nothing else of the guest does.
    ///
    /// @throws IOException if the line to the guest broke or was closed, so that the program's fate is unknown
    ExecOutput receive() throws IOException, InterruptedException;

    /// Kills the program unless it has ended. Never waits.
    @Override
    void close();
}
