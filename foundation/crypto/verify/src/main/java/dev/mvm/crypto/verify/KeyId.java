package dev.mvm.crypto.verify;

/// Name of a verification key: its scheme, a colon, and the SHA-256 of the key in hexadecimal. The one scheme that is
/// verified is `ed25519`. Others are read, so that documents may carry such signatures before anybody looks at them.
public record KeyId(String value) implements Comparable<KeyId> {
    private static final int DIGITS = 64;

    public KeyId {
        if (!value.matches("[a-z][a-z0-9-]{0,31}:[0-9a-f]{64}")) {
            throw new IllegalArgumentException("not a key id (want ed25519: and 64 hexadecimal digits)");
        }
    }

    /// Returns whether a key of this name can be verified with.
    public boolean known() {
        return value.startsWith("ed25519:");
    }

    /// The first eight digits, for people.
    public String brief() {
        int from = value.length() - DIGITS;
        return value.substring(from, from + 8);
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
