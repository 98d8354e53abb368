package dev.mvm.protocol.guestline;

import java.util.Locale;

/// What kind of line guests call on.
public enum Link {
    /// A connection of its own for every session, as with vsock.
    CONNECTION,
    /// A pipe that outlives sessions.
    SERIAL_PORT;

    /// As it is in packets.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
