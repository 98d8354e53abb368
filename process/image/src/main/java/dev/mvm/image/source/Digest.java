package dev.mvm.image.source;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/// A SHA-256 digest. Manifests may name others (OCI image specification, descriptors); those are refused.
///
/// @param hex 64 lower-case hexadecimal digits; safe as a name of a file
public record Digest(String hex) {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");
    private static final String PREFIX = "sha256:";

    public Digest {
        if (!FORM.matcher(hex).matches()) {
            throw new IllegalArgumentException("not a SHA-256 digest");
        }
    }

    /// Reads `sha256:` and 64 hexadecimal digits.
    ///
    /// @throws IllegalArgumentException if the text is anything else
    public static Digest parse(String text) {
        if (!text.startsWith(PREFIX)) {
            throw new IllegalArgumentException("not a digest that begins with sha256:");
        }
        return new Digest(text.substring(PREFIX.length()));
    }

    /// The digest of bytes at hand.
    public static Digest of(byte[] bytes) {
        return new Digest(HexFormat.of().formatHex(sha256().digest(bytes)));
    }

    /// The digest that a finished computation gives.
    public static Digest of(MessageDigest finished) {
        return new Digest(HexFormat.of().formatHex(finished.digest()));
    }

    /// A new computation.
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("a JDK without SHA-256", e);
        }
    }

    /// The digest as manifests write it.
    public String text() {
        return PREFIX + hex;
    }
}
