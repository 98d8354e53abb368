package dev.mvm.protocol.trust.authoring;

import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;

/// Documents that operators sign and that root's process does not read, believed by the rules of [Verifier]. What they
/// say about time, fleet and version is looked at where they are used.
public final class OperatorDocuments {
    private final Verifier verifier;

    public OperatorDocuments(Verifier verifier) {
        this.verifier = verifier;
    }

    /// A grant with its part for the key service.
    ///
    /// @throws RefusedException if it is not signed by enough grant keys of `root`
    public Verified<GrantDocument> grant(Verified<TrustRoot> root, byte[] envelope) throws RefusedException {
        return verifier.signed(root, Role.GRANT, envelope, DocumentType.GRANT, GrantDocument::read);
    }

    /// A node document.
    ///
    /// @throws RefusedException if it is not signed by enough node keys of `root`
    public Verified<NodeDocument> node(Verified<TrustRoot> root, byte[] envelope) throws RefusedException {
        return verifier.signed(root, Role.NODE, envelope, NodeDocument.TYPE, NodeDocument::read);
    }

    /// The end of a tenant.
    ///
    /// @throws RefusedException if it is not signed by enough grant keys of `root`
    public Verified<Tombstone> tombstone(Verified<TrustRoot> root, byte[] envelope) throws RefusedException {
        return verifier.signed(root, Role.GRANT, envelope, Tombstone.TYPE, Tombstone::read);
    }

    /// A list of accepted software.
    ///
    /// @throws RefusedException if it is not signed by enough node keys of `root`
    public Verified<Measurements> measurements(Verified<TrustRoot> root, byte[] envelope) throws RefusedException {
        return verifier.signed(root, Role.NODE, envelope, Measurements.TYPE, Measurements::read);
    }
}
