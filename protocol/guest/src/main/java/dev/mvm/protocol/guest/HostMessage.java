package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;

/// What the host says to a guest. A closed set: each record is one type of frame.
sealed interface HostMessage {
    /// Begins a session and ends the one before.
    record Hello(int version, Bytes nonce) implements HostMessage {
        public Hello {
            Limits.size(nonce, Limits.NONCE);
        }
    }

    record Ping(long token) implements HostMessage {}

    /// Opens a stream.
    ///
    /// @param credit for each output
    record Exec(int stream, int credit, ExecRequest request) implements HostMessage {
        public Exec {
            Limits.stream(stream);
            Limits.credit(credit);
        }
    }

    record Stdin(int stream, Bytes data) implements HostMessage {
        public Stdin {
            Limits.stream(stream);
            Limits.data(data);
        }
    }

    record StdinEof(int stream) implements HostMessage {
        public StdinEof {
            Limits.stream(stream);
        }
    }

    /// Further credit for one output.
    record Window(int stream, Output output, int credit) implements HostMessage {
        public Window {
            Limits.stream(stream);
            Limits.credit(credit);
        }
    }

    record Resize(int stream, TerminalSize size) implements HostMessage {
        public Resize {
            Limits.stream(stream);
        }
    }

    record SendSignal(int stream, Signal signal) implements HostMessage {
        public SendSignal {
            Limits.stream(stream);
        }
    }

    record PowerOff() implements HostMessage {}
}
