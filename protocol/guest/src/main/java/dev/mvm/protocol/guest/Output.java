package dev.mvm.protocol.guest;

/// One of a program's two outputs.
enum Output {
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
