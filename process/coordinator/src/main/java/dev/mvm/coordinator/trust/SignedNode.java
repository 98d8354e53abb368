package dev.mvm.coordinator.trust;

import dev.mvm.crypto.verify.KeyId;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import java.time.Instant;
import java.util.Optional;

/// A node document whose signatures were verified.
///
/// @param digest of the signed bytes
/// @param version larger than that of every earlier document of the node
/// @param identity name of the key that the node signs with; empty for a node that is to get no keys
/// @param traits what else operators say of the node
public record SignedNode(
        Digest digest,
        NodeId node,
        int version,
        Instant issuedAt,
        Instant expires,
        Optional<KeyId> identity,
        NodeTraits traits) {
    /// A document that says nothing but the key.
    public SignedNode(
            Digest digest, NodeId node, int version, Instant issuedAt, Instant expires, Optional<KeyId> identity) {
        this(digest, node, version, issuedAt, expires, identity, NodeTraits.NOTHING_SAID);
    }
}
