package dev.mvm.cli.signing;

import dev.mvm.cli.failure.Failure;
import dev.mvm.crypto.sign.Ed25519Library;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.OperatorDocuments;
import dev.mvm.protocol.trust.store.RootChain;
import java.nio.file.Path;
import java.util.List;

/// The trust roots by which documents are verified: a pinned one and its successors.
public final class Anchor {
    private final Verifier verifier = new Verifier(Ed25519Library.here().check());
    private RootChain chain;

    private Anchor(byte[] root, Digest pin) throws RefusedException {
        this.chain = RootChain.of(verifier.pinnedRoot(root, pin));
    }

    /// Reads and verifies trust roots.
    ///
    /// @param root the root whose digest is `pin`
    /// @param later its successors, in order
    /// @throws Failure if a file cannot be read or its verification fails
    public static Anchor read(Path root, Digest pin, List<Path> later) throws Failure {
        var file = root;
        try {
            var anchor = new Anchor(DocumentFiles.read(root), pin);
            for (var next : later) {
                file = next;
                anchor.follow(DocumentFiles.read(next));
            }
            return anchor;
        } catch (RefusedException e) {
            throw new Failure(file + ": verification failed: " + e.getMessage());
        }
    }

    /// Adds the successor of the newest root.
    ///
    /// @throws RefusedException if `envelope` is not a valid successor
    public void follow(byte[] envelope) throws RefusedException {
        chain = chain.with(envelope, verifier);
    }

    /// Returns all roots, oldest first.
    public List<Verified<TrustRoot>> roots() {
        return chain.roots();
    }

    /// Returns the newest root, which is in force.
    public Verified<TrustRoot> newest() {
        return chain.newest();
    }

    /// Verifies a head of the log of states under the newest root whose keys signed it.
    ///
    /// @throws RefusedException if no root verifies the head, with the reason under the newest root
    public Verified<TreeHead> treeHead(byte[] envelope) throws RefusedException {
        for (var root : roots().reversed()) {
            try {
                return verifier.treeHead(root, envelope);
            } catch (RefusedException _) { // an older root may have been in force at that time
            }
        }
        return verifier.treeHead(newest(), envelope);
    }

    public Verifier verifier() {
        return verifier;
    }

    /// Returns the verifier of documents that operators sign.
    public OperatorDocuments documents() {
        return new OperatorDocuments(verifier);
    }
}
