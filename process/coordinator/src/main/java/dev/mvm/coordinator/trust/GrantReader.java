package dev.mvm.coordinator.trust;

import com.google.protobuf.ByteString;

/// Makes a grant of a signed envelope.
public interface GrantReader {
    /// Verifies and reads a grant.
    ///
    /// @throws DocumentRefusedException if it is not signed by enough keys of the role, or is no grant
    SignedGrant read(ByteString envelope) throws DocumentRefusedException;

    /// The version of the trust root that decides: a grant that was read under another has to be read again.
    int root();
}
