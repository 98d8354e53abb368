package dev.mvm.protocol.guest;

/// What a worker says about itself through its guest's hook socket.
public enum HookWord {
    /// It has started and takes work.
    READY(1),
    IDLE(2),
    BUSY(3);

    private final int number;

    HookWord(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
