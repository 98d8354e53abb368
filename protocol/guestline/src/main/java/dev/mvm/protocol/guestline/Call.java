package dev.mvm.protocol.guestline;

import java.util.Locale;

/// What a guest can be asked that it answers with yes or no.
public enum Call {
    /// A sign of life.
    PING,
    /// To be ready for a snapshot.
    PREPARE_SLEEP,
    /// To take fresh entropy and the time, after a wake.
    REKEY;

    /// As it is in packets.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
