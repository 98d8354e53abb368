package dev.mvm.protocol.trust.authoring;

import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.JsonException;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.DocumentType;
import java.time.Instant;
import java.util.Optional;

/// Word of operators about a node: its key, and what it is. A key that anybody else names for a node is not used.
///
/// @param fleet digest of the first trust root of the node's fleet
/// @param version 1 or more, larger than that of every earlier document of the node
/// @param expires from this moment on the document says nothing more
/// @param identity the node key, by which the node signs what it says to the key service; empty for a node that is to
///     get no tenant's key
/// @param traits what else operators say of it
public record NodeDocument(
        Digest fleet,
        NodeId node,
        int version,
        Instant issuedAt,
        Instant expires,
        Optional<VerifyKey> identity,
        NodeTraits traits) {
    public static final DocumentType TYPE = new DocumentType("node", 1, 2, 16 * 1024);

    public NodeDocument {
        if (version < 1) {
            throw new IllegalArgumentException("node version " + version + ": want 1 or more");
        }
        if (!issuedAt.isBefore(expires)) {
            throw new IllegalArgumentException("the node document expires before it is issued");
        }
    }

    /// A document that says nothing but the key.
    public NodeDocument(
            Digest fleet, NodeId node, int version, Instant issuedAt, Instant expires, Optional<VerifyKey> identity) {
        this(fleet, node, version, issuedAt, expires, identity, NodeTraits.NOTHING_SAID);
    }

    /// Returns whether it names no key: the node is to get no tenant's key.
    public boolean revokes() {
        return identity.isEmpty();
    }

    /// Returns the contents of a payload without verification.
    ///
    /// @param schema of the envelope, 1 or 2
    /// @throws JsonException if it is not a node document of that schema
    public static NodeDocument read(byte[] payload, int schema) throws JsonException {
        return NodeReading.read(payload, schema);
    }
}
