package dev.mvm.coordinator.trust;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import java.time.Instant;
import java.util.Optional;

/// A node document whose signatures were verified.
///
/// @param digest of the signed bytes
/// @param version larger than that of every earlier document of the node
/// @param key X25519, 32 bytes; empty for a node that is to get no keys
public record SignedNode(
        Digest digest, NodeId node, int version, Instant issuedAt, Instant expires, Optional<Bytes> key) {}
