package dev.mvm.model;

/// Purpose of a tenant's key. A key of one purpose is never used for another.
public enum KeyPurpose {
    /// Wraps the keys of snapshots.
    SNAPSHOT("snapshot"),
    /// Opens data volumes.
    VOLUME("volume"),
    /// Opens what is handed to guests.
    SECRETS("secrets");

    private final String word;

    KeyPurpose(String word) {
        this.word = word;
    }

    /// The word for it in signed documents.
    public String word() {
        return word;
    }

    /// The purpose that `word` means.
    ///
    /// @throws IllegalArgumentException if it means none
    public static KeyPurpose of(String word) {
        for (var purpose : values()) {
            if (purpose.word().equals(word)) {
                return purpose;
            }
        }
        throw new IllegalArgumentException("no such purpose: want snapshot, volume or secrets");
    }
}
