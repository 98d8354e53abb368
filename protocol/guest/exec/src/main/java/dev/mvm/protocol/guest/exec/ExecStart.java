package dev.mvm.protocol.guest.exec;

/// Result of a request to run a program. Unless the program was started, its line has been closed.
public sealed interface ExecStart {
    /// The program runs.
    ///
    /// @param pid in the guest, by the guest's own report
    record Started(int pid, RunningProgram program) implements ExecStart {}

    record Refused(ExecRefusal reason) implements ExecStart {}

    /// The guest did not answer in time. Should it start the program after all, the program is killed.
    record Unanswered() implements ExecStart {}

    /// The guest was lost before it answered, or its answer did not follow the protocol.
    ///
    /// @param why a stable code
    record Lost(String why) implements ExecStart {}
}
