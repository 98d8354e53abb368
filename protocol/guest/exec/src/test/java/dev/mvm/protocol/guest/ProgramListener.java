package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import java.io.IOException;

/// Takes a program's output as it comes. All calls come from a thread of its own, one at a time; during a call no
/// more is taken. An exception from a call ends the program.
public interface ProgramListener {
    /// Between 1 and 16384 bytes.
    void stdout(Bytes data) throws IOException;

    /// As [#stdout].
    void stderr(Bytes data) throws IOException;

    /// The last call, after all output that has arrived; none comes after the program was closed.
    void ended(ProgramEnd how) throws IOException;
}
