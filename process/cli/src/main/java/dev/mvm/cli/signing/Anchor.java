package dev.mvm.cli.signing;

import dev.mvm.cli.failure.Failure;
import dev.mvm.crypto.sign.Ed25519Library;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.store.RootChain;
import java.nio.file.Path;
import java.util.List;

/// What documents are believed by: a pinned trust root, and those that follow it.
public final class Anchor {
    private final Verifier verifier = new Verifier(Ed25519Library.here().check());
    private RootChain chain;

    private Anchor(byte[] root, Digest pin) throws RefusedException {
        this.chain = RootChain.of(verifier.pinnedRoot(root, pin));
    }

    /// Reads and verifies trust roots.
    ///
    /// @param root the one whose digest is `pin`
    /// @param later those after it, in order
    /// @throws Failure if a file cannot be read, or its root is not believed
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
            throw new Failure(file + " is not believed: " + e.getMessage());
        }
    }

    /// Goes on to the root after the newest.
    ///
    /// @throws RefusedException if it does not follow
    public void follow(byte[] envelope) throws RefusedException {
        chain = chain.with(envelope, verifier);
    }

    /// All roots, oldest first.
    public List<Verified<TrustRoot>> roots() {
        return chain.roots();
    }

    /// The one that decides.
    public Verified<TrustRoot> newest() {
        return chain.newest();
    }

    /// A head of the log of states, under the newest root whose keys have signed it.
    ///
    /// @throws RefusedException as the newest root says, if no root's have
    public Verified<TreeHead> treeHead(byte[] envelope) throws RefusedException {
        for (var root : roots().reversed()) {
            try {
                return verifier.treeHead(root, envelope);
            } catch (RefusedException _) { // an older root may have been in force then
            }
        }
        return verifier.treeHead(newest(), envelope);
    }

    public Verifier verifier() {
        return verifier;
    }
}
