package dev.mvm.protocol.guest.exec;

import java.util.Arrays;
import java.util.Optional;

/// A signal that the protocol carries, numbered as in signal(7) on x86 and Arm.
public enum ExecSignal {
    HANGUP(1),
    INTERRUPT(2),
    QUIT(3),
    KILL(9),
    USER1(10),
    USER2(12),
    TERMINATE(15);

    private final int number;

    ExecSignal(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /// The signal of that number, empty if the protocol does not carry it.
    public static Optional<ExecSignal> of(int number) {
        return Arrays.stream(values()).filter(signal -> signal.number == number).findAny();
    }
}
