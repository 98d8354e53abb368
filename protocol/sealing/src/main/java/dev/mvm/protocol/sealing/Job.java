package dev.mvm.protocol.sealing;

import java.util.Locale;

/// What a sealer does, once, before it ends.
public enum Job {
    SEAL,
    OPEN;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
