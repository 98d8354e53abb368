package dev.mvm.protocol.hostd;

import dev.mvm.model.Bytes;

/// What the client may send to a program it has started.
public sealed interface ExecInput {
    /// Most bytes of one piece.
    int MAX = 16_384;

    record Stdin(Bytes data) implements ExecInput {
        public Stdin {
            if (data.length() == 0 || data.length() > MAX) {
                throw new IllegalArgumentException("want 1 to " + MAX + " bytes");
            }
        }
    }

    record StdinEnd() implements ExecInput {}

    record Resize(Program.TerminalSize size) implements ExecInput {}

    /// A signal for the program and its children.
    ///
    /// @param number as in signal(7)
    record Signal(int number) implements ExecInput {
        public Signal {
            if (number < 1 || number > 64) {
                throw new IllegalArgumentException("not a signal number: " + number);
            }
        }
    }
}
