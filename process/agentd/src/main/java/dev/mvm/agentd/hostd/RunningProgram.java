package dev.mvm.agentd.hostd;

import dev.mvm.protocol.hostd.ExecInput;
import dev.mvm.protocol.hostd.HostReply;
import java.io.IOException;

/// A program in a guest. One thread may send while another receives. Closing it ends the program.
public interface RunningProgram extends AutoCloseable {
    /// Sends input; waits while the guest does not take it.
    void send(ExecInput input) throws IOException;

    /// The next piece of output, or its exit, which is the last.
    HostReply receive() throws IOException;

    @Override
    void close();
}
