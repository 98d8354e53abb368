package dev.mvm.protocol.guest.exec;

/// What came of asking a guest to run a program. Unless it was started its line has been closed.
public sealed interface ExecStart {
    /// It runs.
    ///
    /// @param pid in the guest, as the guest says
    record Started(int pid, RunningProgram program) implements ExecStart {}

    record Refused(ExecRefusal reason) implements ExecStart {}

    /// The guest did not answer in time. Should it start the program after all, the program is killed.
    record Unanswered() implements ExecStart {}

    /// The guest was lost before it answered, or answered what is not in the protocol.
    ///
    /// @param why a stable code
    record Lost(String why) implements ExecStart {}
}
