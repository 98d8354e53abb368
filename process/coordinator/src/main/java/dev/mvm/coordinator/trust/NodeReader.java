package dev.mvm.coordinator.trust;

import com.google.protobuf.ByteString;

/// Verifies and parses node documents.
public interface NodeReader {
    /// Verifies and reads a node document.
    ///
    /// @throws DocumentRefusedException if it is malformed, another fleet's, or not signed by enough keys
    SignedNode node(ByteString envelope) throws DocumentRefusedException;
}
