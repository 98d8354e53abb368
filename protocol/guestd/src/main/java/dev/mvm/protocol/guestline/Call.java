package dev.mvm.protocol.guestline;

/// What a guest can be asked that it answers with yes or no.
public enum Call {
    /// A sign of life.
    PING("ping"),
    /// To be ready for a snapshot.
    PREPARE_SLEEP("prepare_sleep"),
    /// To take fresh entropy and the time, after a wake.
    REKEY("rekey");

    private final String word;

    Call(String word) {
        this.word = word;
    }

    /// As it is in packets.
    public String word() {
        return word;
    }
}
