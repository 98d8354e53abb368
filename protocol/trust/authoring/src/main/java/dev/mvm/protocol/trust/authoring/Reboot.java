package dev.mvm.protocol.trust.authoring;

import java.util.Arrays;

/// Consequences of a node's reboot for its keys.
public enum Reboot {
    /// Nothing: the new boot gets keys as the one before did.
    GO("go"),
    /// The operators' word: a boot gets keys once a node document admits it.
    HOLD("hold");

    private final String word;

    Reboot(String word) {
        this.word = word;
    }

    /// The word for it in node documents.
    public String word() {
        return word;
    }

    /// The value that `word` means.
    ///
    /// @throws IllegalArgumentException for any other word
    public static Reboot of(String word) {
        return Arrays.stream(values())
                .filter(value -> value.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such word for reboots: want go or hold"));
    }
}
