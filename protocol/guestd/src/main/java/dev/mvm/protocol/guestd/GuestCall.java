package dev.mvm.protocol.guestd;

/// A question to a guest with yes or no for an answer.
public enum GuestCall {
    /// Proves that the guest agent answers.
    PING("ping"),
    /// Prepares the guest for a snapshot.
    PREPARE_SLEEP("prepare_sleep"),
    /// Gives the guest fresh entropy and the time, after a wake.
    REKEY("rekey");

    private final String word;

    GuestCall(String word) {
        this.word = word;
    }

    /// Returns the word as packets have it.
    public String word() {
        return word;
    }
}
