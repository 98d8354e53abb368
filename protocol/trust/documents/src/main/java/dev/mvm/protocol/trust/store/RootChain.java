package dev.mvm.protocol.trust.store;

import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Trust roots from the pinned one to the newest, each signed by the thresholds of the one before and its own.
public final class RootChain {
    private final List<Verified<TrustRoot>> roots;

    private RootChain(List<Verified<TrustRoot>> roots) {
        this.roots = List.copyOf(roots);
    }

    /// The chain of a node that was just installed.
    ///
    /// @param pinned as [Verifier#pinnedRoot] gave it
    public static RootChain of(Verified<TrustRoot> pinned) {
        return new RootChain(List.of(pinned));
    }

    /// All of them, oldest first.
    public List<Verified<TrustRoot>> roots() {
        return roots;
    }

    /// The one in force.
    public Verified<TrustRoot> newest() {
        return roots.getLast();
    }

    /// The name of the file that the root after the newest is kept in.
    String nextName() {
        return name(newest().value().version() + 1);
    }

    private static String name(int version) {
        return "root-" + version + ".dsse";
    }

    /// This chain with one more root, or itself if it has it already.
    ///
    /// @throws RefusedException if it does not follow the newest
    public RootChain with(byte[] envelope, Verifier verifier) throws RefusedException {
        var digest = Envelope.parse(envelope, DocumentType.ROOT).payload().digest();
        return roots.stream().anyMatch(root -> root.digest().equals(digest)) ? this : longer(envelope, verifier);
    }

    private RootChain longer(byte[] envelope, Verifier verifier) throws RefusedException {
        var longer = new ArrayList<>(roots);
        longer.add(verifier.nextRoot(newest(), envelope));
        return new RootChain(longer);
    }

    /// This chain with all that `files` has of it.
    ///
    /// @throws RefusedException if a file does not hold the root that its name says
    RootChain with(Map<String, byte[]> files, Verifier verifier) throws RefusedException {
        var chain = this;
        for (var next = files.get(nextName()); next != null; next = files.get(chain.nextName())) {
            chain = chain.longer(next, verifier);
        }
        return chain;
    }
}
