package dev.mvm.protocol.guest.exec;

/// A program's end, as far as the host knows.
public sealed interface ProgramEnd {
    /// An end that the guest has reported.
    sealed interface OfItself extends ProgramEnd {}

    /// The program returned, or called exit(3).
    ///
    /// @param status 0 to 255
    record Exited(int status) implements OfItself {
        public Exited {
            if (status < 0 || status > 255) {
                throw new IllegalArgumentException("not an exit status: " + status);
            }
        }
    }

    /// A signal ended the program.
    ///
    /// @param signal 1 to 64, as in signal(7)
    record Killed(int signal) implements OfItself {
        public Killed {
            if (signal < 1 || signal > 64) {
                throw new IllegalArgumentException("not a signal: " + signal);
            }
        }
    }

    /// The guest was lost first, or broke the protocol. The program does not outlive that for long.
    ///
    /// @param why a stable code: `guest_lost`, or the rule that was broken
    record Lost(String why) implements ProgramEnd {}
}
