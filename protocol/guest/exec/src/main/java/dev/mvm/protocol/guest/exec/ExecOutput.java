package dev.mvm.protocol.guest.exec;

import dev.mvm.model.Bytes;

/// Output of a program.
public sealed interface ExecOutput {
    /// 1 to 16384 bytes, in order. As with two pipes, there is no order between the two outputs.
    record Stdout(Bytes data) implements ExecOutput {}

    /// Bytes of the other output; a program with a terminal has none.
    record Stderr(Bytes data) implements ExecOutput {}

    /// The end, after all output that has arrived.
    record Ended(ProgramEnd how) implements ExecOutput {}
}
