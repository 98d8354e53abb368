package dev.mvm.agentd.hostd;

import dev.mvm.protocol.hostd.client.LogFrame;
import java.io.IOException;

/// Output of a VM, piece by piece. Used by one thread, but for [#close], which ends a wait.
public interface LogStream extends AutoCloseable {
    /// Waits for the next piece. [LogFrame.End] is the last one.
    LogFrame receive() throws IOException;

    @Override
    void close();
}
