package dev.mvm.model;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// A SHA-256 digest, written `sha256:` and 64 lower-case hexadecimal digits.
public record Digest(String value) {
    private static final String PREFIX = "sha256:";

    public Digest {
        if (!Grammar.isHex(value, PREFIX, 64)) {
            throw new IllegalArgumentException(
                    "not a digest: '" + Grammar.shown(value) + "' (want sha256: and 64 hexadecimal digits)");
        }
    }

    /// The digest of `content`.
    public static Digest of(byte[] content) {
        return ofHash(sha256().digest(content));
    }

    /// A digest that was computed elsewhere with [#sha256].
    public static Digest ofHash(byte[] hash) {
        return new Digest(PREFIX + HexFormat.of().formatHex(hash));
    }

    /// A fresh SHA-256, for content that comes in pieces.
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// The 64 hexadecimal digits alone: safe as a file name.
    public String hex() {
        return value.substring(PREFIX.length());
    }

    /// A record's own method is linked at its first call, which takes a tenth of a daemon's whole start.
    @Override
    public boolean equals(Object other) {
        return other instanceof Digest(var text) && text.equals(value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return value;
    }
}
