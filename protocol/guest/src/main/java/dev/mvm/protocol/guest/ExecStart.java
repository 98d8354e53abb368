package dev.mvm.protocol.guest;

/// What came of asking a guest to run a program.
public sealed interface ExecStart {
    /// It runs.
    ///
    /// @param pid in the guest, as the guest says
    record Started(int pid, ExecStream stream) implements ExecStart {}

    record Refused(ExecRefusal reason) implements ExecStart {}

    /// The guest did not answer in time. Should it start the program after all, the program is killed.
    record Unanswered() implements ExecStart {}
}
