package dev.mvm.protocol.audit;

import java.util.Arrays;

/// Phase of an action to which a record belongs.
public enum Phase {
    /// The agent is going to ask root for it. Written before root is asked.
    DECIDED("decided"),
    /// Root has said that it was done.
    DONE("done"),
    /// Root, or the agent before it, has said no; nothing has changed.
    REFUSED("refused"),
    /// Root has tried it, and it did not work.
    FAILED("failed"),
    /// The connection to root broke: whether it was done is not known.
    UNKNOWN("unknown"),
    /// An event without a request.
    NOTED("noted");

    private final String word;

    Phase(String word) {
        this.word = word;
    }

    /// Returns the word in records.
    public String word() {
        return word;
    }

    /// Returns whether this phase reports the outcome of a decision.
    public boolean isOutcome() {
        return this == DONE || this == REFUSED || this == FAILED || this == UNKNOWN;
    }

    /// The phase of this word.
    ///
    /// @throws IllegalArgumentException if there is none
    static Phase of(String word) {
        return Arrays.stream(values())
                .filter(phase -> phase.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such phase"));
    }
}
