package dev.mvm.protocol.guest.exec;

/// The reason why a program was not started.
public enum ExecRefusal {
    /// The guest runs as many programs as it may.
    TOO_MANY_STREAMS(1),
    /// No program has that name.
    NOT_FOUND(2),
    NOT_PERMITTED(3),
    /// The file is not a program.
    NOT_EXECUTABLE(4),
    /// The guest lacks memory, processes or descriptors.
    NO_RESOURCES(5);

    private final int number;

    ExecRefusal(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
