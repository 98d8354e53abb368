package dev.mvm.hostd.registry;

import java.util.Arrays;
import java.util.Optional;

/// Operation that was about to be done to an instance when its record was written. A record that still has an intent
/// after a restart names the operation that may be half done.
public enum Intent {
    START("start"),
    STOP("stop"),
    PAUSE("pause"),
    RESUME("resume"),
    SLEEP("sleep"),
    WAKE("wake"),
    DESTROY("destroy");

    private final String word;

    Intent(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }

    boolean bringsIntoMemory() {
        return this == START || this == WAKE;
    }

    static Optional<Intent> of(String word) {
        return Arrays.stream(values()).filter(each -> each.word().equals(word)).findFirst();
    }
}
