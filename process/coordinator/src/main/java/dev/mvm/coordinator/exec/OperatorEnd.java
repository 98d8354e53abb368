package dev.mvm.coordinator.exec;

import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.protocol.control.v1.ExecOutput;

/// The operator's side of a session, for sending. Called by one thread at a time.
public interface OperatorEnd extends RelayDirection.Drain<ExecOutput> {
    /// Requests one more message.
    void ask();

    /// The program has ended and all of its output has been sent.
    void complete();

    /// The session has failed.
    void fail(ProblemException why);
}
