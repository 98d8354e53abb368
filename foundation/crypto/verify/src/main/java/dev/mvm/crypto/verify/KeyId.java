package dev.mvm.crypto.verify;

/// Name of a verification key: `ed25519:` and the SHA-256 of its 32 bytes in hexadecimal.
public record KeyId(String value) implements Comparable<KeyId> {
    private static final String PREFIX = "ed25519:";

    public KeyId {
        if (!value.matches(PREFIX + "[0-9a-f]{64}")) {
            throw new IllegalArgumentException("not a key id (want ed25519: and 64 hexadecimal digits)");
        }
    }

    /// The first eight digits, for people.
    public String brief() {
        return value.substring(PREFIX.length(), PREFIX.length() + 8);
    }

    /// A record's own method is linked at its first call, which takes a tenth of a daemon's whole start.
    @Override
    public boolean equals(Object other) {
        return other instanceof KeyId(var text) && text.equals(value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public int compareTo(KeyId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
