package dev.mvm.coordinator.trust;

import dev.mvm.crypto.verify.KeyId;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import java.time.Instant;
import java.util.Optional;

/// A node document whose signatures were verified.
///
/// @param digest of the signed bytes
/// @param version larger than that of every earlier document of the node
/// @param key X25519, 32 bytes; empty for a node that is to get no keys
/// @param identity name of the key that the node signs with; empty without one
/// @param traits what else operators say of the node
public record SignedNode(
        Digest digest,
        NodeId node,
        int version,
        Instant issuedAt,
        Instant expires,
        Optional<Bytes> key,
        Optional<KeyId> identity,
        NodeTraits traits) {
    /// A document that says nothing but the key.
    public SignedNode(Digest digest, NodeId node, int version, Instant issuedAt, Instant expires, Optional<Bytes> key) {
        this(digest, node, version, issuedAt, expires, key, Optional.empty(), NodeTraits.NOTHING_SAID);
    }
}
