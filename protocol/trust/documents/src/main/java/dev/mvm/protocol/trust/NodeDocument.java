package dev.mvm.protocol.trust;

import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Word of operators about a node: the key that tenants' keys may be encrypted to. A key that anybody else names for a
/// node is not used.
///
/// @param fleet digest of the first trust root of the node's fleet
/// @param version 1 or more, larger than that of every earlier document of the node
/// @param expires from this moment on nothing more is encrypted to the key
/// @param key X25519 (RFC 7748), 32 bytes; empty for a node that is to get no keys any more
public record NodeDocument(
        Digest fleet, NodeId node, int version, Instant issuedAt, Instant expires, Optional<Bytes> key) {
    /// Number of bytes of a key.
    public static final int KEY_BYTES = 32;

    private static final int MAX_KEYS = 8;

    /// Before the Base64 of a key. Keys with another word before them are for later versions.
    public static final String KEY_PREFIX = "x25519:";

    public NodeDocument {
        if (version < 1) {
            throw new IllegalArgumentException("node version " + version + ": want 1 or more");
        }
        if (!issuedAt.isBefore(expires)) {
            throw new IllegalArgumentException("the node document expires before it is issued");
        }
        if (key.isPresent() && key.get().length() != KEY_BYTES) {
            throw new IllegalArgumentException(
                    "a node's public key has 32 bytes, not " + key.get().length());
        }
    }

    /// Returns the contents of a payload without verification.
    ///
    /// @throws JsonException if it is not a node document
    public static NodeDocument parse(byte[] payload) throws JsonException {
        return DocumentType.NODE.read(payload, 1, NodeDocument::node);
    }

    private static NodeDocument node(JsonFields fields) throws JsonException {
        return new NodeDocument(
                fields.parsed("fleet", Digest::new),
                fields.parsed("node", NodeId::new),
                fields.intBetween("version", 1, Integer.MAX_VALUE),
                fields.parsed("issued_at", Rfc3339::parse),
                fields.parsed("expires", Rfc3339::parse),
                key(fields.strings("keys", MAX_KEYS, text -> text)));
    }

    private static Optional<Bytes> key(List<String> keys) throws JsonException {
        var own = keys.stream().filter(key -> key.startsWith(KEY_PREFIX)).toList();
        if (own.size() > 1) {
            throw new JsonException("field 'keys' has more than one key of type x25519");
        }
        return own.isEmpty()
                ? Optional.empty()
                : Optional.of(Envelope.base64(own.getFirst().substring(KEY_PREFIX.length())));
    }
}
