package dev.mvm.attack;

import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Role;
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
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;

/// Files that a taken-over agent finds in its own folder, and a stolen key.
///
/// @param stateKey the one that the first root gave the role, whether it still has it or not
/// @param kept the head of the log that agent and hostd have kept
record AgentFiles(Position position, TreeHead kept, Ceremony.Key stateKey) {
    /// First bytes of an Ed25519 public key in X.509 form (RFC 8410, section 4).
    private static final byte[] PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

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
                key(Path.of(key), firstRoot.value()));
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

    private static Ceremony.Key key(Path file, TrustRoot root) throws IOException, GeneralSecurityException {
        var text = Files.readString(file).replaceAll("-----[A-Z ]+-----|\\s", "");
        var factory = KeyFactory.getInstance("Ed25519");
        var secret = factory.generatePrivate(
                new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
        var raw = root.keys(Role.STATE).keys().getFirst().raw();
        var spki = new byte[PREFIX.length + raw.length];
        System.arraycopy(PREFIX, 0, spki, 0, PREFIX.length);
        System.arraycopy(raw, 0, spki, PREFIX.length, raw.length);
        return new Ceremony.Key(new KeyPair(factory.generatePublic(new X509EncodedKeySpec(spki)), secret));
    }
}
