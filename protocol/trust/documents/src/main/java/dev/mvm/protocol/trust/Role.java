package dev.mvm.protocol.trust;

/// Role of a key: the documents that it may sign.
public enum Role {
    /// Trust roots. Held by operators, offline.
    ROOT("root"),
    /// Grants. Held by operators, in CI or a key service.
    GRANT("grant"),
    /// Node states. Held by the coordinator, online.
    STATE("state"),
    /// Node documents. Held by operators, in CI or a key service.
    NODE("node"),
    /// Challenges and key blobs. Held by the key service, online. A root may be without it.
    KEYS("keys");

    private final String word;

    Role(String word) {
        this.word = word;
    }

    /// The word for it in documents.
    public String word() {
        return word;
    }
}
