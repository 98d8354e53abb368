package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;

/// What a guest says to its host. A closed set: each record is one type of frame.
sealed interface GuestMessage {
    /// A message about one stream.
    sealed interface OnStream extends GuestMessage {
        int stream();
    }

    /// The answer to the host's hello.
    ///
    /// @param boot the same for all sessions of one boot
    /// @param agent the agent's version, 1 to 32 printable ASCII characters
    record HelloAck(int version, boolean ready, Bytes nonce, Bytes boot, String agent) implements GuestMessage {
        public HelloAck {
            Limits.size(nonce, Limits.NONCE);
            Limits.size(boot, Limits.BOOT_ID);
            boolean printable = agent.chars().allMatch(c -> c >= ' ' && c <= '~');
            if (agent.isEmpty() || agent.length() > Limits.MAX_AGENT_VERSION || !printable) {
                throw new IllegalArgumentException("not an agent's version");
            }
        }
    }

    record Pong(long token) implements GuestMessage {}

    /// The program runs.
    ///
    /// @param pid in the guest
    /// @param credit for stdin
    record Started(int stream, int pid, int credit) implements OnStream {
        public Started {
            Limits.stream(stream);
            Limits.credit(credit);
            if (pid < 1) {
                throw new IllegalArgumentException("not a pid: " + pid);
            }
        }
    }

    record Data(int stream, Output output, Bytes data) implements OnStream {
        public Data {
            Limits.stream(stream);
            Limits.data(data);
        }
    }

    /// Further credit for stdin.
    record Window(int stream, int credit) implements OnStream {
        public Window {
            Limits.stream(stream);
            Limits.credit(credit);
        }
    }

    /// The program and its output have ended.
    record Exit(int stream, ProgramEnd.OfItself how) implements OnStream {
        public Exit {
            Limits.stream(stream);
        }
    }

    record Refused(int stream, ExecRefusal reason) implements OnStream {
        public Refused {
            Limits.stream(stream);
        }
    }

    record Ready() implements GuestMessage {}

    record Hook(HookWord word) implements GuestMessage {}
}
