package dev.mvm.coordinator.trust;

import com.google.protobuf.ByteString;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.Measurements;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.OperatorDocuments;
import dev.mvm.protocol.trust.authoring.Tombstone;
import dev.mvm.protocol.trust.store.RootChain;
import java.util.function.Function;
import java.util.function.Supplier;

/// Documents that operators have signed for this fleet, verified by the newest trust root.
final class OperatorDocumentReader implements NodeReader, FleetReader {
    private final OperatorDocuments documents;
    private final Supplier<RootChain> chain;

    OperatorDocumentReader(Verifier verifier, Supplier<RootChain> chain) {
        this.documents = new OperatorDocuments(verifier);
        this.chain = chain;
    }

    /// The way of a kind of document from bytes to belief.
    @FunctionalInterface
    private interface Way<T> {
        Verified<T> of(Verified<TrustRoot> root, byte[] envelope) throws RefusedException;
    }

    private <T> Verified<T> verified(ByteString envelope, Way<T> way, Function<T, Digest> fleet)
            throws DocumentRefusedException {
        var roots = chain.get();
        try {
            var verified = way.of(roots.newest(), envelope.toByteArray());
            var named = fleet.apply(verified.value());
            var own = roots.roots().getFirst().digest();
            if (!named.equals(own)) {
                throw new RefusedException(DocumentReason.WRONG_FLEET, "made for fleet " + named + ", this is " + own);
            }
            return verified;
        } catch (RefusedException e) {
            throw DocumentRefusedException.of(e);
        }
    }

    @Override
    public SignedNode node(ByteString envelope) throws DocumentRefusedException {
        var verified = verified(envelope, documents::node, NodeDocument::fleet);
        var node = verified.value();
        return new SignedNode(
                verified.digest(),
                node.node(),
                node.version(),
                node.issuedAt(),
                node.expires(),
                node.identity().map(VerifyKey::id),
                node.traits());
    }

    @Override
    public SignedTombstone tombstone(ByteString envelope) throws DocumentRefusedException {
        var verified = verified(envelope, documents::tombstone, Tombstone::fleet);
        var tombstone = verified.value();
        return new SignedTombstone(verified.digest(), tombstone.tenant(), tombstone.version(), tombstone.issuedAt());
    }

    @Override
    public SignedMeasurements measurements(ByteString envelope) throws DocumentRefusedException {
        var verified = verified(envelope, documents::measurements, Measurements::fleet);
        var list = verified.value();
        return new SignedMeasurements(
                verified.digest(), list.version(), list.issuedAt(), list.expires(), list.releases());
    }
}
