package dev.mvm.protocol.guestd;

/// What a guest can be asked that it answers with yes or no.
public enum GuestCall {
    /// A sign of life.
    PING("ping"),
    /// To be ready for a snapshot.
    PREPARE_SLEEP("prepare_sleep"),
    /// To take fresh entropy and the time, after a wake.
    REKEY("rekey");

    private final String word;

    GuestCall(String word) {
        this.word = word;
    }

    /// As it is in packets.
    public String word() {
        return word;
    }
}
