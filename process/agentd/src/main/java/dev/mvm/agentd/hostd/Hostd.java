package dev.mvm.agentd.hostd;

import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.RunningProgram;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import java.io.IOException;

/// The root process, as the agent sees it. Thread-safe.
public interface Hostd {
    /// Asks for `operation` and waits for the answer.
    ///
    /// @throws IOException if hostd cannot be reached or the connection breaks. Whether the operation was performed
    ///     is then not known, and the next observation tells
    HostReply call(HostOperation operation) throws IOException;

    /// Runs a program in a guest, on a connection of its own.
    ///
    /// @return a running program, or the answer that says why there is none
    Exec exec(InstanceId instance, ExecRequest request) throws IOException, InterruptedException;

    /// What came of asking for a program.
    sealed interface Exec {
        record Running(RunningProgram program) implements Exec {}

        record NotRunning(HostReply why) implements Exec {}
    }
}
