package dev.mvm.hostd.host;

import dev.mvm.model.Bytes;
import java.io.IOException;

/// The way out of a running program. Called by one thread at a time, in order; the guest waits while a call does.
public interface ProgramOutput {
    void stdout(Bytes data) throws IOException;

    void stderr(Bytes data) throws IOException;

    /// The last call.
    ///
    /// @param signal 0 unless a signal ended it
    void exit(int status, int signal) throws IOException;
}
