package dev.mvm.coordinator.rest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.coordinator.pki.PrivateFiles;
import dev.mvm.model.Digest;
import java.nio.file.Path;
import java.security.MessageDigest;

/// The token of the operator port in dev mode. Kept and compared as a digest, so that neither a heap dump nor the
/// time of a comparison reveals it.
public final class OperatorToken {
    private static final String SCHEME = "Bearer ";
    private static final int LEAST = 32;

    private final byte[] digest;

    private OperatorToken(byte[] digest) {
        this.digest = digest;
    }

    /// Reads the token from a file that only its owner may read.
    ///
    /// @throws PkiException if it is missing, open to others, or holds fewer than 32 characters
    public static OperatorToken read(Path file) throws PkiException {
        var text = new String(PrivateFiles.read(file), UTF_8).strip();
        if (text.length() < LEAST || !text.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new PkiException(file + " does not hold a token of at least " + LEAST + " characters");
        }
        return new OperatorToken(hash(text));
    }

    /// Returns whether a value of the header `Authorization` carries this token. Schemes are case-insensitive (RFC
    /// 9110, 11.1).
    boolean opens(String authorization) {
        return authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                && MessageDigest.isEqual(hash(authorization.substring(SCHEME.length())), digest);
    }

    private static byte[] hash(String text) {
        return Digest.sha256().digest(text.getBytes(UTF_8));
    }

    @Override
    public String toString() {
        return "token (redacted)";
    }
}
