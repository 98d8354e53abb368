package dev.mvm.attack;

import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.attack.Position;
import dev.mvm.protocol.trust.store.RootChain;
import dev.mvm.protocol.trust.transparency.LogProof;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;

/// Files that a taken-over agent finds in its own folder, and a stolen key.
///
/// @param stateKey the stolen key: the coordinator's, whether it still has its role or not, or another daemon's
/// @param kept the head of the log that agent and hostd have kept
record AgentFiles(Position position, TreeHead kept, Ceremony.Key stateKey) {
    static AgentFiles read(String folder, String pinned, String key)
            throws IOException, RefusedException, GeneralSecurityException {
        var directory = Path.of(folder);
        var verifier = new Verifier(new JdkEd25519());
        var first = Files.readAllBytes(Path.of(pinned));
        var pin = Envelope.parse(first, DocumentType.ROOT).payload().digest();
        var firstRoot = verifier.pinnedRoot(first, pin);
        var root = newestRoot(directory, firstRoot, verifier);
        var state = verifier.loggedState(root, Files.readAllBytes(directory.resolve("state.dsse")));
        var grants = new ArrayList<Verified<Grant>>();
        for (var digest : state.value().grants()) {
            var envelope = Files.readAllBytes(directory.resolve("grant-" + digest.hex() + ".dsse"));
            grants.add(verifier.grant(root, envelope));
        }
        var proof = LogProof.parse(Files.readAllBytes(directory.resolve("proof.json")));
        return new AgentFiles(
                new Position(state, grants),
                verifier.treeHead(root, proof.head().array()).value(),
                StolenKey.read(Path.of(key)));
    }

    private static Verified<TrustRoot> newestRoot(Path directory, Verified<TrustRoot> first, Verifier verifier)
            throws IOException, RefusedException {
        var roots = RootChain.of(first);
        while (true) {
            var next = directory.resolve("root-" + (roots.newest().value().version() + 1) + ".dsse");
            if (!Files.exists(next)) {
                return roots.newest();
            }
            roots = roots.with(Files.readAllBytes(next), verifier);
        }
    }
}
