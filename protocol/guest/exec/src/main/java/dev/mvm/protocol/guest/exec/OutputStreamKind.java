package dev.mvm.protocol.guest.exec;

/// One of a program's two outputs.
public enum OutputStreamKind {
    STDOUT(1),
    STDERR(2);

    private final int number;

    OutputStreamKind(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
