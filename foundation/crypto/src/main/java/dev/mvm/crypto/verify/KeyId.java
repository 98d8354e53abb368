package dev.mvm.crypto.verify;

/// Name of a verification key: `ed25519:` and the SHA-256 of its 32 bytes in hexadecimal.
public record KeyId(String value) implements Comparable<KeyId> {
    private static final String PREFIX = "ed25519:";
    private static final int DIGITS = 64;

    public KeyId {
        boolean fits = value.length() == PREFIX.length() + DIGITS && value.startsWith(PREFIX);
        for (int i = PREFIX.length(); fits && i < value.length(); i++) {
            char c = value.charAt(i);
            fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        }
        if (!fits) {
            throw new IllegalArgumentException("not a key id (want ed25519: and 64 hexadecimal digits)");
        }
    }

    /// The first eight digits, for people.
    public String brief() {
        return value.substring(PREFIX.length(), PREFIX.length() + 8);
    }

    /// What a record has by itself is made when it is first called, which takes a tenth of a daemon's whole start.
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
