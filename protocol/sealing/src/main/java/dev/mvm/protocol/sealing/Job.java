package dev.mvm.protocol.sealing;

import java.util.Locale;

/// What a sealer does, once, before it ends.
public enum Job {
    SEAL,
    OPEN,
    /// Wraps a snapshot's own key with another of the tenant's, in a second manifest. The streams stay as they are.
    REWRAP;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
