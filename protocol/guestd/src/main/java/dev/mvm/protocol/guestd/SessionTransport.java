package dev.mvm.protocol.guestd;

/// What kind of line guests call on.
public enum SessionTransport {
    /// A connection of its own for every session, as with vsock.
    CONNECTION("connection"),
    /// A pipe that outlives sessions.
    SERIAL_PORT("serial_port");

    private final String word;

    SessionTransport(String word) {
        this.word = word;
    }

    /// As it is in packets.
    public String word() {
        return word;
    }
}
