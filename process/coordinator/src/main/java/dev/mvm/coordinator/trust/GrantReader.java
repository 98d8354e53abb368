package dev.mvm.coordinator.trust;

import com.google.protobuf.ByteString;

/// Verifies and parses grants.
public interface GrantReader {
    /// Verifies and reads a grant.
    ///
    /// @throws DocumentRefusedException if it is malformed, or not signed by enough keys of the role
    SignedGrant read(ByteString envelope) throws DocumentRefusedException;

    /// Returns the version of the trust root in force. A grant that was read under another root has to be read again.
    int root();
}
