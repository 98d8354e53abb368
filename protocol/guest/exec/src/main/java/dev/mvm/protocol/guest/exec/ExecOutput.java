package dev.mvm.protocol.guest.exec;

import dev.mvm.model.Bytes;

/// What comes out of a program.
public sealed interface ExecOutput {
    /// 1 to 16384 bytes. In order; between the two outputs there is none, as with two pipes.
    record Stdout(Bytes data) implements ExecOutput {}

    /// As [Stdout]; never of a program with a terminal.
    record Stderr(Bytes data) implements ExecOutput {}

    /// The last, after all output that has arrived.
    record Ended(ProgramEnd how) implements ExecOutput {}
}
