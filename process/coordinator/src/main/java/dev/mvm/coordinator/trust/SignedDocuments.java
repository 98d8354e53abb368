package dev.mvm.coordinator.trust;

import com.google.protobuf.ByteString;
import dev.mvm.crypto.sign.Ed25519Library;
import dev.mvm.crypto.sign.PassphraseSource;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.sign.SigningKeys;
import dev.mvm.json.Json;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.HighWaterMark;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TimeMark;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.RootRehearsal;
import dev.mvm.protocol.trust.store.RootChain;
import dev.mvm.protocol.trust.transparency.Merkle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Grants, trust roots and node states, with the fleet's own keys. Every state is verified with a node's rules before
/// it is returned, so that a state that a node would refuse is found here.
public final class SignedDocuments implements GrantReader, StateSigner, Roots {
    private static final NodeId NOBODY = new NodeId("nobody");

    private final Verifier verifier = new Verifier(Ed25519Library.here().check());
    private final SigningKey key;
    private final Map<Digest, Verified<dev.mvm.protocol.trust.Grant>> grants = new ConcurrentHashMap<>();

    private volatile RootChain chain;

    private SignedDocuments(byte[] root, Digest pin, SigningKey key) throws DocumentRefusedException {
        this.key = key;
        try {
            this.chain = RootChain.of(verifier.pinnedRoot(root, pin));
        } catch (RefusedException e) {
            throw DocumentRefusedException.of(e);
        }
    }

    /// Reads trust root and key.
    ///
    /// @throws DocumentRefusedException if either cannot be used
    public static Documents open(Path root, Digest pin, String stateKey, PassphraseSource passphrases)
            throws DocumentRefusedException {
        try {
            if (!Files.isRegularFile(root) || Files.size(root) > DocumentType.ROOT.maxEnvelopeBytes()) {
                throw new DocumentRefusedException("no_root", "no trust root at " + root);
            }
            var documents = new SignedDocuments(Files.readAllBytes(root), pin, SigningKeys.open(stateKey, passphrases));
            var operators = new OperatorDocumentReader(documents.verifier, () -> documents.chain);
            return new Documents(documents, operators, operators, documents, documents);
        } catch (IOException e) {
            throw new DocumentRefusedException("no_root", "the trust root " + root + " cannot be read");
        } catch (SigningException e) {
            throw new DocumentRefusedException(e.reason().code(), String.valueOf(e.getMessage()));
        }
    }

    @Override
    public List<Root> all() {
        return chain.roots().stream().map(SignedDocuments::root).toList();
    }

    private static Root root(Verified<TrustRoot> verified) {
        var root = verified.value();
        return new Root(
                root.version(),
                verified.digest(),
                root.issuedAt(),
                root.expires(),
                ByteString.copyFrom(verified.envelope().array()));
    }

    @Override
    public int root() {
        return newest().value().version();
    }

    private Verified<TrustRoot> newest() {
        return chain.newest();
    }

    @Override
    public Root next(ByteString envelope) throws DocumentRefusedException {
        return root(rehearsed(newest(), envelope));
    }

    private Verified<TrustRoot> rehearsed(Verified<TrustRoot> before, ByteString envelope)
            throws DocumentRefusedException {
        try {
            var next = verifier.nextRoot(before, envelope.toByteArray());
            RootRehearsal.check(next.value(), Instant.now());
            return next;
        } catch (RefusedException e) {
            throw DocumentRefusedException.of(e);
        }
    }

    @Override
    public Map<RootLoss, List<String>> losses(ByteString envelope, InForce documents) throws DocumentRefusedException {
        var before = newest();
        var next = rehearsed(before, envelope);
        return new RootLosses(before, next, verifier).of(key.verifyKey(), documents, Instant.now());
    }

    @Override
    public synchronized void adopt(ByteString envelope) throws DocumentRefusedException {
        try {
            chain = chain.with(envelope.toByteArray(), verifier);
        } catch (RefusedException e) {
            throw DocumentRefusedException.of(e);
        }
    }

    @Override
    public boolean signs() {
        return newest().value().keys(Role.STATE).keys().contains(key.verifyKey());
    }

    @Override
    public Instant earliest() {
        return newest().value().issuedAt();
    }

    @Override
    public SignedGrant read(ByteString envelope) throws DocumentRefusedException {
        try {
            var verified = verifier.grant(newest(), envelope.toByteArray());
            // the part for the key service, which a node passes over
            var _ = Payloads.grant(Envelope.parse(envelope.toByteArray(), DocumentType.GRANT));
            grants.put(verified.digest(), verified);
            return grant(verified);
        } catch (RefusedException e) {
            throw DocumentRefusedException.of(e);
        }
    }

    private static SignedGrant grant(Verified<dev.mvm.protocol.trust.Grant> verified) {
        var grant = verified.value();
        var pools = grant.pools().stream()
                .map(pool -> new SignedGrant.Pool(
                        pool.pool(),
                        pool.revisions(),
                        pool.ceiling(),
                        pool.count().min(),
                        pool.count().max(),
                        pool.flags(),
                        pool.rates()))
                .toList();
        return new SignedGrant(
                verified.digest(),
                grant.tenant(),
                grant.version(),
                grant.network(),
                grant.notBefore(),
                grant.expires(),
                grant.quotas(),
                pools,
                grant.keys(),
                grant.mode());
    }

    @Override
    public Signed sign(Place place, StateContent content) throws DocumentRefusedException {
        var signed = signed(DocumentType.NODE_STATE, Payloads.of(state(place, content)));
        var bytes = Envelopes.bytes(signed);
        try {
            verify(bytes, place, content);
        } catch (RefusedException e) {
            throw DocumentRefusedException.of(e);
        }
        var leaf = Merkle.leaf(signed.payload().array());
        return new Signed(signed.payload().digest(), leaf, ByteString.copyFrom(bytes));
    }

    private Envelope signed(DocumentType type, byte[] payload) throws DocumentRefusedException {
        var unsigned = Envelopes.unsigned(type, payload);
        try {
            var signature = Bytes.of(key.sign(unsigned.signedBytes()));
            return Envelopes.signed(
                    unsigned, new Envelope.Signature(key.verifyKey().id(), signature));
        } catch (SigningException e) {
            throw new DocumentRefusedException(e.reason().code(), String.valueOf(e.getMessage()));
        }
    }

    @Override
    public ByteString signHead(long size, Digest rootHash, Instant issuedAt) throws DocumentRefusedException {
        var payload = Json.object()
                .put("schema", 1)
                .put("size", size)
                .put("root_hash", rootHash.value())
                .put("issued_at", issuedAt.toString())
                .end();
        var bytes = Envelopes.bytes(signed(DocumentType.TREE_HEAD, payload.bytes()));
        try {
            var _ = verifier.treeHead(newest(), bytes);
            return ByteString.copyFrom(bytes);
        } catch (RefusedException e) {
            throw DocumentRefusedException.of(e);
        }
    }

    private void verify(byte[] envelope, Place place, StateContent content) throws RefusedException {
        var reliedOn = content.grants().stream()
                .flatMap(digest -> Optional.ofNullable(grants.get(digest)).stream())
                .toList();
        var floor = new HighWaterMark(
                root(),
                place.sequence() - 1,
                place.previous(),
                Optional.empty(),
                new TimeMark(earliest(), 0, -1, Instant.EPOCH),
                Map.of(),
                Map.of());
        var _ = verifier.newState(
                envelope,
                new Verifier.Context(newest(), place.node(), content.mode(), floor, place.issuedAt(), reliedOn));
    }

    private static NodeState state(Place place, StateContent content) {
        return new NodeState(
                place.node(),
                place.sequence(),
                place.previous(),
                place.issuedAt(),
                place.expires(),
                content.grants(),
                content.tenants().stream().map(SignedDocuments::tenant).toList());
    }

    private static NodeState.Tenant tenant(StateContent.Tenant tenant) {
        List<NodeState.Pool> pools = tenant.pools().stream()
                .map(pool -> new NodeState.Pool(
                        pool.pool(), pool.revision(), pool.resources(), pool.counts(), pool.flags(), pool.rates()))
                .toList();
        return new NodeState.Tenant(tenant.tenant(), tenant.network(), tenant.quotas(), pools, tenant.keys());
    }

    @Override
    public Digest fingerprint(StateContent content) {
        var place = new Place(NOBODY, 1, Optional.empty(), Instant.EPOCH, Instant.EPOCH.plusSeconds(1));
        var said = Payloads.of(state(place, content));
        return Digest.of(ByteBuffer.allocate(Integer.BYTES + said.length)
                .putInt(root())
                .put(said)
                .array());
    }
}
