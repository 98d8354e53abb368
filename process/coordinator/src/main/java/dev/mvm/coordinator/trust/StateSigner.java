package dev.mvm.coordinator.trust;

import com.google.protobuf.ByteString;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import java.time.Instant;
import java.util.Optional;

/// Signs node states and heads of the log.
public interface StateSigner {
    /// The place of a state in its node's chain.
    ///
    /// @param sequence 1 for the first, then larger each time
    /// @param previous digest of the state before, empty for the first
    /// @param issuedAt whole seconds
    /// @param expires whole seconds
    record Place(NodeId node, long sequence, Optional<Digest> previous, Instant issuedAt, Instant expires) {}

    /// A signed state.
    ///
    /// @param digest of the signed bytes, which the next state names as its predecessor
    /// @param leaf the hash of the signed bytes as a leaf of the log
    record Signed(Digest digest, Digest leaf, ByteString envelope) {}

    /// Signs a state.
    ///
    /// @throws DocumentRefusedException if the key cannot be used, or the state would be refused by its node
    Signed sign(Place place, StateContent content) throws DocumentRefusedException;

    /// Returns the earliest time of issue that nodes accept.
    Instant earliest();

    /// Signs a head of the log.
    ///
    /// @param size number of states in the log, 1 or more
    /// @param root of the tree over them
    /// @param issuedAt whole seconds
    /// @return the envelope of the head
    /// @throws DocumentRefusedException if the key cannot be used, or the head would be refused
    ByteString signHead(long size, Digest root, Instant issuedAt) throws DocumentRefusedException;

    /// Returns a digest of a content: the same for the same content under the same trust root.
    Digest fingerprint(StateContent content);
}
