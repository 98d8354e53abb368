package dev.mvm.keyd.documents;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.Measurements;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.OperatorDocuments;
import dev.mvm.protocol.trust.authoring.RootRehearsal;
import dev.mvm.protocol.trust.authoring.Tombstone;
import dev.mvm.protocol.trust.store.RootChain;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// The operators' documents that keyd goes by: the newest trust root, and under it the newest grant of each tenant, the
/// newest document of each node, tombstones, and the newest measurements. Anybody may bring them, for each vouches for
/// itself; an older version never replaces a newer one.
///
/// Thread-safe.
public final class Documents {
    private final StateFiles files;
    private final Verifier verifier;
    private final OperatorDocuments reading;
    private final InstantSource clock;

    @GuardedBy("this")
    private RootChain roots;

    @GuardedBy("this")
    private final InForce inForce;

    private Documents(
            StateFiles files, Verifier verifier, RootChain roots, InstantSource clock, Consumer<String> complaint) {
        this.files = files;
        this.verifier = verifier;
        this.reading = new OperatorDocuments(verifier);
        this.roots = roots;
        this.clock = clock;
        this.inForce = new InForce(reading, complaint);
    }

    /// Demands what [#init] demands, and makes nothing.
    public static void check(StateFiles files, Verifier verifier, byte[] envelope, Digest pin)
            throws IOException, RefusedException {
        RootFiles.check(files, verifier, envelope, pin);
    }

    /// Makes the directory's first files: the pinned root.
    ///
    /// @throws RefusedException if `envelope` is not the root with this digest, signed by its own threshold
    /// @throws IOException if there are documents already, or it is not the fleet's first root
    public static void init(StateFiles files, Verifier verifier, byte[] envelope, Digest pin)
            throws IOException, RefusedException {
        RootFiles.init(files, verifier, envelope, pin);
    }

    /// Opens the directory. Documents that the newest root does not vouch for are passed over, with a complaint.
    ///
    /// @throws IOException if it was never initialised, or the chain of roots is damaged
    public static Documents open(StateFiles files, Verifier verifier, InstantSource clock, Consumer<String> complaint)
            throws IOException, RefusedException {
        var all = files.all();
        var roots = RootFiles.chain(all, verifier);
        var documents = new Documents(files, verifier, roots, clock, complaint);
        documents.load(all);
        return documents;
    }

    private synchronized void load(Map<String, byte[]> all) {
        inForce.load(all, roots);
    }

    /// Takes a document of any kind. The same one once more changes nothing, but for signatures that it brings
    /// besides: the next root may demand them.
    ///
    /// @return what is new, if anything is
    /// @throws RefusedException if it is not believed; nothing has changed then
    public synchronized Optional<Published> publish(byte[] envelope) throws IOException, RefusedException {
        return switch (DocumentKind.of(envelope)) {
            case ROOT -> publishRoot(envelope);
            case GRANT -> publishGrant(envelope);
            case NODE -> publishNode(envelope);
            case TOMBSTONE -> publishTombstone(envelope);
            case MEASUREMENTS -> publishMeasurements(envelope);
        };
    }

    @GuardedBy("this")
    private Optional<Published> publishRoot(byte[] envelope) throws IOException, RefusedException {
        var longer = roots.with(envelope, verifier);
        if (longer.newest().value().version() == roots.newest().value().version()) {
            return Optional.empty();
        }
        RootRehearsal.check(longer.newest().value(), clock.instant());
        int version = longer.newest().value().version();
        files.put(RootFiles.name(version), envelope);
        roots = longer;
        inForce.load(files.all(), roots);
        return Optional.of(new Published.Root(version));
    }

    @GuardedBy("this")
    private Optional<Published> publishGrant(byte[] envelope) throws IOException, RefusedException {
        var grant = reading.grant(roots.newest(), envelope);
        var tenant = grant.value().grant().tenant();
        if (inForce.tombstones.containsKey(tenant)) {
            throw new RefusedException(
                    DocumentReason.GRANT_SUPERSEDED, "tenant " + tenant + " has ended for good: choose another name");
        }
        if (grant.value().grant().notBefore().isAfter(clock.instant().plus(Verifier.SKEW))) {
            throw new RefusedException(
                    DocumentReason.NOT_YET_VALID,
                    "grant of " + tenant + " begins at " + grant.value().grant().notBefore() + ": publish it then");
        }
        var known = Optional.ofNullable(inForce.grants.get(tenant));
        int version = grant.value().grant().version();
        if (!InForce.newer(
                known,
                known.map(each -> each.value().grant().version()),
                grant,
                version,
                DocumentReason.GRANT_SUPERSEDED,
                "grant of " + tenant)) {
            if (InForce.signedFurther(known, grant, DocumentType.GRANT)) {
                files.put(InForce.GRANT + tenant + RootFiles.SUFFIX, envelope);
                inForce.grants.put(tenant, grant);
            }
            return Optional.empty();
        }
        InForce.room(inForce.grants, tenant);
        files.put(InForce.GRANT + tenant + RootFiles.SUFFIX, envelope);
        inForce.grants.put(tenant, grant);
        return Optional.of(new Published.Grant(grant.value()));
    }

    @GuardedBy("this")
    private Optional<Published> publishNode(byte[] envelope) throws IOException, RefusedException {
        var node = reading.node(roots.newest(), envelope);
        ofThisFleet(node.value().fleet());
        var name = node.value().node();
        var known = Optional.ofNullable(inForce.nodes.get(name));
        if (!InForce.newer(
                known,
                known.map(each -> each.value().version()),
                node,
                node.value().version(),
                DocumentReason.NODE_SUPERSEDED,
                "node document of " + name)) {
            if (InForce.signedFurther(known, node, NodeDocument.TYPE)) {
                files.put(InForce.NODE + name + RootFiles.SUFFIX, envelope);
                inForce.nodes.put(name, node);
            }
            return Optional.empty();
        }
        InForce.room(inForce.nodes, name);
        files.put(InForce.NODE + name + RootFiles.SUFFIX, envelope);
        inForce.nodes.put(name, node);
        return Optional.of(new Published.Node(node.value()));
    }

    @GuardedBy("this")
    private Optional<Published> publishTombstone(byte[] envelope) throws IOException, RefusedException {
        var tombstone = reading.tombstone(roots.newest(), envelope);
        ofThisFleet(tombstone.value().fleet());
        var tenant = tombstone.value().tenant();
        if (inForce.tombstones.containsKey(tenant)) {
            return Optional.empty();
        }
        var grant = inForce.grants.get(tenant);
        if (grant != null
                && tombstone.value().version() <= grant.value().grant().version()) {
            throw new RefusedException(
                    DocumentReason.GRANT_SUPERSEDED,
                    "tombstone of " + tenant + ", version " + tombstone.value().version() + ", after grant version "
                            + grant.value().grant().version());
        }
        InForce.room(inForce.tombstones, tenant);
        files.put(InForce.TOMBSTONE + tenant + RootFiles.SUFFIX, envelope);
        inForce.tombstones.put(tenant, tombstone);
        files.remove(InForce.GRANT + tenant + RootFiles.SUFFIX);
        inForce.grants.remove(tenant);
        return Optional.of(new Published.End(tombstone.value()));
    }

    @GuardedBy("this")
    private Optional<Published> publishMeasurements(byte[] envelope) throws IOException, RefusedException {
        var fresh = reading.measurements(roots.newest(), envelope);
        ofThisFleet(fresh.value().fleet());
        if (!InForce.newer(
                inForce.measurements,
                inForce.measurements.map(each -> each.value().version()),
                fresh,
                fresh.value().version(),
                DocumentReason.REPLAYED,
                "measurements")) {
            if (InForce.signedFurther(inForce.measurements, fresh, Measurements.TYPE)) {
                files.put(InForce.MEASUREMENTS, envelope);
                inForce.measurements = Optional.of(fresh);
            }
            return Optional.empty();
        }
        files.put(InForce.MEASUREMENTS, envelope);
        inForce.measurements = Optional.of(fresh);
        return Optional.of(new Published.Measured(fresh.value().version()));
    }

    @GuardedBy("this")
    private void ofThisFleet(Digest fleet) throws RefusedException {
        if (!fleet.equals(fleet())) {
            throw new RefusedException(DocumentReason.WRONG_FLEET, "made for fleet " + fleet);
        }
    }

    /// The tenant whose grant or tombstone is in force and is this very document; empty for any other.
    public synchronized Optional<TenantId> tenant(byte[] envelope) throws RefusedException {
        var kind = DocumentKind.of(envelope);
        var digest = Envelope.parse(envelope, kind.type()).payload().digest();
        return switch (kind) {
            case GRANT ->
                inForce.grants.values().stream()
                        .filter(each -> each.digest().equals(digest))
                        .map(each -> each.value().grant().tenant())
                        .findFirst();
            case TOMBSTONE ->
                inForce.tombstones.values().stream()
                        .filter(each -> each.digest().equals(digest))
                        .map(each -> each.value().tenant())
                        .findFirst();
            case ROOT, NODE, MEASUREMENTS -> Optional.empty();
        };
    }

    /// The fleet's name: the digest of its first trust root.
    public synchronized Digest fleet() {
        return roots.roots().getFirst().digest();
    }

    /// The trust root in force, expired or not.
    public synchronized Verified<TrustRoot> root() {
        return roots.newest();
    }

    /// All roots from the pinned one on.
    public synchronized List<Verified<TrustRoot>> roots() {
        return roots.roots();
    }

    /// A tenant's newest grant, expired or not.
    public synchronized Optional<Verified<GrantDocument>> grant(TenantId tenant) {
        return Optional.ofNullable(inForce.grants.get(tenant));
    }

    /// Returns whether a tenant has ended for good.
    public synchronized boolean ended(TenantId tenant) {
        return inForce.tombstones.containsKey(tenant);
    }

    /// All newest grants.
    public synchronized Collection<Verified<GrantDocument>> grants() {
        return List.copyOf(inForce.grants.values());
    }

    /// A node's newest document, expired or not.
    public synchronized Optional<Verified<NodeDocument>> node(NodeId node) {
        return Optional.ofNullable(inForce.nodes.get(node));
    }

    /// All newest node documents.
    public synchronized Collection<Verified<NodeDocument>> nodes() {
        return List.copyOf(inForce.nodes.values());
    }

    /// Tombstones.
    public synchronized Collection<Verified<Tombstone>> tombstones() {
        return List.copyOf(inForce.tombstones.values());
    }

    /// The newest measurements, expired or not.
    public synchronized Optional<Verified<Measurements>> measurements() {
        return inForce.measurements;
    }
}
