package dev.mvm.protocol.trust;

import java.util.Locale;

/// What a key may sign.
public enum Role {
    /// Trust roots. Held by operators, offline.
    ROOT,
    /// Grants. Held by operators, in CI or a key service.
    GRANT,
    /// Node states. Held by the coordinator, online.
    STATE;

    /// The word for it in documents.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
