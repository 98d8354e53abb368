package dev.mvm.hostd.host;

import dev.mvm.hostd.policy.Refusal;
import dev.mvm.protocol.hostd.ExecInput;

/// What came of asking a guest to run a program.
public sealed interface ProgramStart {
    /// It runs.
    record Started(int pid, ProgramInput input) implements ProgramStart {}

    record NotStarted(Refusal reason) implements ProgramStart {}

    /// The way in to a running program.
    interface ProgramInput {
        /// Passes `input` on; waits while the guest does not take it. Without effect after the program's end.
        void send(ExecInput input) throws InterruptedException;

        /// Ends the program, whatever it is doing.
        void kill();
    }
}
