package dev.mvm.protocol.trust.authoring;

import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.JsonException;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.DocumentType;
import java.time.Instant;
import java.util.Optional;

/// Word of operators about a node: its keys, and what it is. Keys that anybody else names for a node are not used.
///
/// @param fleet digest of the first trust root of the node's fleet
/// @param version 1 or more, larger than that of every earlier document of the node
/// @param expires from this moment on the document says nothing more
/// @param key X25519 (RFC 7748), 32 bytes, that tenants' keys may be encrypted to; empty for a node that is to get none
/// @param identity by which the node signs what it says to the key service; empty for a node that is to say nothing
/// @param traits what else operators say of it
public record NodeDocument(
        Digest fleet,
        NodeId node,
        int version,
        Instant issuedAt,
        Instant expires,
        Optional<Bytes> key,
        Optional<VerifyKey> identity,
        NodeTraits traits) {
    public static final DocumentType TYPE = new DocumentType("node", 2, 16 * 1024);

    /// Number of bytes of a key.
    public static final int KEY_BYTES = 32;

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

    /// A document that says what schema 1 can say.
    public NodeDocument(
            Digest fleet, NodeId node, int version, Instant issuedAt, Instant expires, Optional<Bytes> key) {
        this(fleet, node, version, issuedAt, expires, key, Optional.empty(), NodeTraits.NOTHING_SAID);
    }

    /// Returns whether it names no key: the node is to get no tenant's key.
    public boolean revokes() {
        return key.isEmpty() && identity.isEmpty();
    }

    /// Returns the contents of a payload without verification.
    ///
    /// @param schema of the envelope, 1 or 2
    /// @throws JsonException if it is not a node document of that schema
    public static NodeDocument read(byte[] payload, int schema) throws JsonException {
        return NodeReading.read(payload, schema);
    }
}
