package dev.mvm.protocol.guest.exec;

/// One of a program's two outputs.
public enum Output {
    STDOUT(1),
    STDERR(2);

    private final int number;

    Output(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
