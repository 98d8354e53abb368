package dev.mvm.coordinator.exec;

import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.protocol.control.v1.ExecInput;

/// The node's side of a session, for sending. Called by one thread at a time.
public interface NodeEnd extends RelayDirection.Drain<ExecInput> {
    /// Asks for one message more.
    void ask();

    /// The session is over in good order.
    void complete();

    /// The session is over before the program: it is to be ended.
    void cancel(ProblemException why);
}
