package dev.mvm.coordinator.exec;

import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.protocol.control.v1.ExecInput;

/// The node's side of a session, for sending. Called by one thread at a time.
public interface NodeEnd extends RelayDirection.Drain<ExecInput> {
    /// Requests one more message.
    void ask();

    /// The session has ended regularly.
    void complete();

    /// The session has ended before the program: the node has to end the program.
    void cancel(ProblemException why);
}
