package dev.mvm.protocol.guestd;

/// Kind of transport between a guest and hostd.
public enum SessionTransport {
    /// A connection of its own for every session, as with vsock.
    CONNECTION("connection"),
    /// A pipe that outlives sessions.
    SERIAL_PORT("serial_port");

    private final String word;

    SessionTransport(String word) {
        this.word = word;
    }

    /// Returns the word as packets have it.
    public String word() {
        return word;
    }
}
