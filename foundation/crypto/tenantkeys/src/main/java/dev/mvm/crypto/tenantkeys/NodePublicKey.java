package dev.mvm.crypto.tenantkeys;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import java.util.Base64;

/// The public half of a node's X25519 key (RFC 7748): tenants' keys are encrypted to it.
///
/// @param raw 32 bytes
public record NodePublicKey(Bytes raw) {
    private static final int SIZE = 32;
    private static final String NAME = "x25519:";

    public NodePublicKey {
        if (raw.length() != SIZE) {
            throw new IllegalArgumentException("a node's public key has 32 bytes, not " + raw.length());
        }
    }

    /// Reads Base64 in its one canonical spelling, 44 characters.
    ///
    /// @throws IllegalArgumentException for anything else
    public static NodePublicKey ofBase64(String text) {
        byte[] raw;
        try {
            raw = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("a node's public key is 44 characters of Base64", e);
        }
        if (!Base64.getEncoder().encodeToString(raw).equals(text)) {
            throw new IllegalArgumentException("a node's public key is 44 characters of Base64");
        }
        return new NodePublicKey(Bytes.of(raw));
    }

    public String base64() {
        return Base64.getEncoder().encodeToString(raw.array());
    }

    /// Returns the name of the key: `x25519:` and the SHA-256 of its bytes in hexadecimal.
    public String fingerprint() {
        return NAME + Digest.of(raw.array()).hex();
    }
}
