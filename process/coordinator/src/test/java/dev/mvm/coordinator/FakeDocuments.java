package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.coordinator.trust.Documents;
import dev.mvm.coordinator.trust.FleetReader;
import dev.mvm.coordinator.trust.GrantReader;
import dev.mvm.coordinator.trust.NodeReader;
import dev.mvm.coordinator.trust.RootLoss;
import dev.mvm.coordinator.trust.Roots;
import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.coordinator.trust.SignedMeasurements;
import dev.mvm.coordinator.trust.SignedNode;
import dev.mvm.coordinator.trust.SignedTombstone;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.coordinator.trust.StateSigner;
import dev.mvm.crypto.verify.KeyId;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.authoring.MeasuredRelease;
import dev.mvm.protocol.trust.transparency.Merkle;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// Documents without cryptography: an envelope is a text that stands for the document it was made of.
public final class FakeDocuments implements GrantReader, NodeReader, FleetReader, StateSigner, Roots {
    private final Map<ByteString, SignedGrant> grants = new ConcurrentHashMap<>();
    private final Map<ByteString, SignedNode> nodes = new ConcurrentHashMap<>();
    private final Map<ByteString, SignedTombstone> tombstones = new ConcurrentHashMap<>();
    private final Map<ByteString, SignedMeasurements> measurements = new ConcurrentHashMap<>();
    private final Map<ByteString, StateContent> states = new ConcurrentHashMap<>();
    private final Map<ByteString, Place> places = new ConcurrentHashMap<>();
    private final List<Root> roots = new CopyOnWriteArrayList<>();
    private volatile Map<RootLoss, List<String>> losses = Map.of();
    private volatile InForce inForce = new InForce(Map.of(), Map.of());
    private volatile boolean keyLost;
    private volatile boolean keyLostForHeads;

    public FakeDocuments() {
        roots.add(root(1));
    }

    public Documents documents() {
        return new Documents(this, this, this, this, this);
    }

    /// "Signs" a grant.
    public ByteString envelope(SignedGrant grant) {
        var envelope = ByteString.copyFrom("grant " + grant.digest(), UTF_8);
        grants.put(envelope, grant);
        return envelope;
    }

    /// "Signs" a node document.
    public ByteString envelope(SignedNode node) {
        var envelope = ByteString.copyFrom("node " + node.digest() + " " + node.version(), UTF_8);
        nodes.put(envelope, node);
        return envelope;
    }

    /// The end of a tenant, "signed".
    public ByteString tombstone(TenantId tenant, int version) {
        var text = "tombstone " + tenant + " " + version;
        var envelope = ByteString.copyFrom(text, UTF_8);
        tombstones.put(envelope, new SignedTombstone(Digest.of(text.getBytes(UTF_8)), tenant, version, Instant.EPOCH));
        return envelope;
    }

    /// A list of measurements, "signed".
    public ByteString measurements(int version, Instant expires, MeasuredRelease... releases) {
        var text = "measurements " + version + " " + expires + " " + List.of(releases);
        var envelope = ByteString.copyFrom(text, UTF_8);
        measurements.put(
                envelope,
                new SignedMeasurements(
                        Digest.of(text.getBytes(UTF_8)), version, Instant.EPOCH, expires, List.of(releases)));
        return envelope;
    }

    /// From now on no tombstone that there is is believed.
    public void distrustTombstones() {
        tombstones.clear();
    }

    @Override
    public SignedTombstone tombstone(ByteString envelope) throws DocumentRefusedException {
        return Optional.ofNullable(tombstones.get(envelope))
                .orElseThrow(() -> new DocumentRefusedException("untrusted_key", "not signed by a key of role grant"));
    }

    @Override
    public SignedMeasurements measurements(ByteString envelope) throws DocumentRefusedException {
        return Optional.ofNullable(measurements.get(envelope))
                .orElseThrow(() -> new DocumentRefusedException("untrusted_key", "not signed by a key of role node"));
    }

    /// The document of a node, good for a day, "signed".
    public ByteString nodeDocument(NodeId node, int version, Instant now, Optional<KeyId> key) {
        var text = node + " " + version + " " + key + " " + now;
        return envelope(
                new SignedNode(Digest.of(text.getBytes(UTF_8)), node, version, now, now.plus(Duration.ofDays(1)), key));
    }

    /// From now on no node document that there is is believed.
    public void distrustNodes() {
        nodes.clear();
    }

    @Override
    public SignedNode node(ByteString envelope) throws DocumentRefusedException {
        return Optional.ofNullable(nodes.get(envelope))
                .orElseThrow(() -> new DocumentRefusedException("untrusted_key", "not signed by a key of role node"));
    }

    @Override
    public SignedGrant read(ByteString envelope) throws DocumentRefusedException {
        return Optional.ofNullable(grants.get(envelope))
                .orElseThrow(() -> new DocumentRefusedException("untrusted_key", "not signed by a key of role grant"));
    }

    /// From now on nothing can be signed.
    public void loseKey() {
        keyLost = true;
    }

    /// From now on states can be signed, but no heads.
    public void loseKeyForHeads() {
        keyLostForHeads = true;
    }

    @Override
    public Signed sign(Place place, StateContent content) throws DocumentRefusedException {
        if (keyLost) {
            throw new DocumentRefusedException("key_lost", "the key is gone");
        }
        var text = "state " + place + " " + fingerprint(content);
        var envelope = ByteString.copyFrom(text, UTF_8);
        states.put(envelope, content);
        places.put(envelope, place);
        return new Signed(Digest.of(text.getBytes(UTF_8)), Merkle.leaf(text.getBytes(UTF_8)), envelope);
    }

    @Override
    public ByteString signHead(long size, Digest root, Instant issuedAt) throws DocumentRefusedException {
        if (keyLost || keyLostForHeads) {
            throw new DocumentRefusedException("key_lost", "the key is gone");
        }
        return ByteString.copyFrom("head " + size + " " + root + " " + issuedAt, UTF_8);
    }

    @Override
    public Digest fingerprint(StateContent content) {
        return Digest.of((root() + content.toString()).getBytes(UTF_8));
    }

    /// The root of a version, "signed".
    public static Root root(int version) {
        var text = "root " + version;
        return new Root(
                version, Digest.of(text.getBytes(UTF_8)), Instant.EPOCH, Instant.MAX, ByteString.copyFrom(text, UTF_8));
    }

    @Override
    public List<Root> all() {
        return List.copyOf(roots);
    }

    @Override
    public int root() {
        return version();
    }

    @Override
    public Root next(ByteString envelope) throws DocumentRefusedException {
        var next = root(version() + 1);
        if (!next.envelope().equals(envelope)) {
            throw new DocumentRefusedException("root_version", "not the next root");
        }
        return next;
    }

    /// From now on these are lost under every root that follows.
    public void lose(Map<RootLoss, List<String>> lost) {
        losses = Map.copyOf(lost);
    }

    @Override
    public Map<RootLoss, List<String>> losses(ByteString envelope, InForce documents) {
        inForce = documents;
        return losses.isEmpty() ? Map.of() : new EnumMap<>(losses);
    }

    /// The documents that the last root was compared with.
    public InForce inForce() {
        return inForce;
    }

    @Override
    public void adopt(ByteString envelope) throws DocumentRefusedException {
        roots.add(next(envelope));
    }

    @Override
    public boolean signs() {
        return !keyLost;
    }

    @Override
    public Instant earliest() {
        return Instant.EPOCH;
    }

    public StateContent content(ByteString envelope) {
        return Optional.ofNullable(states.get(envelope)).orElseThrow();
    }

    public Place place(ByteString envelope) {
        return Optional.ofNullable(places.get(envelope)).orElseThrow();
    }
}
