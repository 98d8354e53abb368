package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import java.io.IOException;

/// Takes what a program writes. All calls come from the stream's own thread, one at a time. While a call lasts the
/// program may write at most 256 KiB more to each output and then waits; nothing else of the guest does. What a call
/// throws cancels the stream.
public interface ExecOutput {
    /// Between 1 and 16384 bytes. In order; between the two outputs there is none, as with two pipes.
    void stdout(Bytes data) throws IOException;

    /// As [#stdout]; never for a program with a terminal.
    void stderr(Bytes data) throws IOException;

    /// The last call, after all output that has arrived; none comes after [ExecStream#cancel].
    void ended(ProgramEnd how) throws IOException;
}
