package dev.mvm.agentd.hostd;

import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.RunningProgram;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import java.io.IOException;

/// Client of hostd. Thread-safe.
public interface Hostd {
    /// Reason of everything that failed because hostd could not be reached: a stable code.
    String UNREACHABLE = "hostd_unreachable";

    /// Asks for `operation` and waits for the answer.
    ///
    /// @throws IOException if hostd cannot be reached or the connection breaks. The operation may have been
    ///     performed then; the next observation shows it
    HostReply call(HostOperation operation) throws IOException;

    /// Runs a program in a guest, on a connection of its own.
    ///
    /// @return the running program, or hostd's reply if it was not started
    Exec exec(InstanceId instance, ExecRequest request) throws IOException, InterruptedException;

    /// Reads what an instance's VMs have printed, on a connection of its own.
    ///
    /// @param follow whether to go on until the VM has ended
    /// @return the output, or hostd's reply if there is none to read
    Logs logs(InstanceId instance, boolean follow) throws IOException, InterruptedException;

    /// Returns the client for the operations of one plan: hostd writes the plan's hash into their receipts.
    /// Programs and logs belong to no plan.
    Hostd under(Digest plan);

    /// Result of [Hostd#logs].
    sealed interface Logs {
        record Opened(LogStream stream) implements Logs {}

        record NotOpened(HostReply reply) implements Logs {}
    }

    /// Result of [Hostd#exec].
    sealed interface Exec {
        record Running(RunningProgram program) implements Exec {}

        record NotRunning(HostReply reply) implements Exec {}
    }
}
