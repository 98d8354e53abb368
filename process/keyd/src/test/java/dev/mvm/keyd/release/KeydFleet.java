package dev.mvm.keyd.release;

import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.tenantkeys.HpkeSealer;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.keyd.audit.ReleaseAudit;
import dev.mvm.keyd.documents.Documents;
import dev.mvm.keyd.rpc.Answers;
import dev.mvm.keyd.store.FileMaster;
import dev.mvm.keyd.store.KeyStore;
import dev.mvm.keyd.store.KeyStores;
import dev.mvm.keyd.store.StoreClock;
import dev.mvm.keyd.store.StoreException;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.HighWaterMark;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TimeMark;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.Attestation;
import dev.mvm.protocol.trust.authoring.BootId;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.GrantRelease;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.NodeLabel;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.Reboot;
import dev.mvm.protocol.trust.authoring.Tombstone;
import dev.mvm.protocol.trust.store.StateFiles;
import dev.mvm.protocol.trust.transparency.TestLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// A fleet for tests: operators' keys, a coordinator's, and an mvm-keyd with a store on disk. The node of
/// [Ceremony#NODE]
/// has the label `rack`; the tenants `demo` and `second` have a key for snapshots each, released to that label.
public final class KeydFleet implements AutoCloseable {
    public static final KeyName KEY = new KeyName("main");
    public static final NodeLabel RACK = new NodeLabel("rack");
    public static final ReleaseService.Numbers NUMBERS =
            new ReleaseService.Numbers(Duration.ofMinutes(5), Duration.ofHours(36), 32, 32);

    public final Ceremony ceremony = new Ceremony();
    public final Ceremony.Key keys = Ceremony.Key.fresh();
    public final TrustRoot root;
    public final Map<NodeId, Ceremony.Key> identities = new HashMap<>();
    public final MemoryFiles documentFiles = new MemoryFiles();
    public final MemoryFiles releaseFiles = new MemoryFiles();
    public final KeyStore store;
    public final TestLog log = new TestLog();
    public final List<String> journal = new ArrayList<>();
    public final Path folder;
    private final ReleaseService.Numbers numbers;

    public Instant wall = Ceremony.NOW;
    public long uptime;
    public Documents documents;
    public ReleaseAudit audit;
    public ReleaseService service;
    public Answers answers;

    /// Files in memory.
    public static final class MemoryFiles implements StateFiles {
        public final Map<String, byte[]> all = new ConcurrentHashMap<>();

        @Override
        public Map<String, byte[]> all() {
            return new TreeMap<>(all);
        }

        @Override
        public void put(String name, byte[] content) {
            all.put(name, content);
        }

        @Override
        public void remove(String name) {
            all.remove(name);
        }
    }

    public KeydFleet(Path folder) throws Exception {
        this(folder, NUMBERS);
    }

    @SuppressWarnings("MustBeClosedChecker") // close() does
    public KeydFleet(Path folder, ReleaseService.Numbers numbers) throws Exception {
        this.folder = folder;
        this.numbers = numbers;
        this.root = root(1, Ceremony.NOW.plus(Duration.ofDays(365)));
        Files.createDirectory(folder.resolve("master"));
        KeyStores.init(folder.resolve("store"), FileMaster.in(folder.resolve("master")));
        this.store = KeyStores.open(folder.resolve("store"), FileMaster.in(folder.resolve("master")), this::moment);
        Documents.init(documentFiles, new Verifier(new JdkEd25519()), signedRoot(root), Digest.of(Payloads.of(root)));
        open();
    }

    private StoreClock.Moment moment() {
        return new StoreClock.Moment(wall.getEpochSecond(), "boot", uptime);
    }

    /// Starts keyd, or starts it anew.
    public void open() throws Exception {
        var check = new JdkEd25519();
        var clock = new KeydClock(releaseFiles, () -> wall, () -> uptime);
        documents = Documents.open(documentFiles, new Verifier(check), clock, journal::add);
        var tenantKeys = TenantKeys.of(store);
        audit = new ReleaseAudit(folder.resolve("audit"), releaseFiles, documents.fleet(), signing(keys), clock);
        service = ReleaseService.open(
                new ReleaseService.Parts(
                        documents, tenantKeys, audit, releaseFiles, signing(keys), HpkeSealer.find(), check, clock),
                numbers);
        answers = new Answers(documents, tenantKeys, service, audit, journal::add);
        answers.applyAll();
    }

    /// A document's key as a signing key.
    public static SigningKey signing(Ceremony.Key key) {
        return new SigningKey() {
            @Override
            public VerifyKey verifyKey() {
                return key.verifyKey();
            }

            @Override
            public byte[] sign(byte[] message) {
                return key.sign(message);
            }
        };
    }

    /// A root of this fleet's keys.
    public TrustRoot root(int version, Instant expires) {
        var plain = ceremony.rootWithNodeKey(version);
        var roles = new HashMap<>(plain.roles());
        roles.put(Role.KEYS, Ceremony.keys(1, keys));
        return Ceremony.root(version, plain.issuedAt(), expires, roles);
    }

    public byte[] signedRoot(TrustRoot document) {
        return Ceremony.signed(DocumentType.ROOT, Payloads.of(document), ceremony.rootKey);
    }

    public Digest fleet() {
        return Digest.of(Payloads.of(root));
    }

    /// A node document with an identity key of its own.
    public NodeDocument node(NodeId node, int version, Reboot reboot, BootId... admitted) {
        var identity = identities.computeIfAbsent(node, _ -> Ceremony.Key.fresh());
        var traits = new NodeTraits(
                List.of(RACK),
                Optional.empty(),
                NodeTraits.Largest.UNLIMITED,
                4,
                reboot,
                Optional.empty(),
                List.of(admitted));
        return new NodeDocument(
                fleet(),
                node,
                version,
                Ceremony.NOW,
                Ceremony.NOW.plus(Duration.ofDays(30)),
                Optional.of(identity.verifyKey()),
                traits);
    }

    /// A grant with a key, released to the label `rack`.
    public GrantDocument grant(TenantId tenant, int net, int version, Optional<GrantRelease> release) {
        var plain = Ceremony.grant(tenant, net, new Grant.Key(KEY, KeyPurpose.SNAPSHOT, 1));
        return new GrantDocument(
                new Grant(
                        tenant,
                        version,
                        plain.network(),
                        plain.notBefore(),
                        plain.expires(),
                        plain.quotas(),
                        plain.pools(),
                        plain.runtimes(),
                        plain.keys(),
                        NodeMode.DEV),
                release);
    }

    public static GrantRelease toRack(int maxNodes, Attestation attestation) {
        return new GrantRelease(List.of(), List.of(RACK), false, maxNodes, attestation);
    }

    public KeydReply publish(GrantDocument grant) {
        return publish(Ceremony.signed(DocumentType.GRANT, Payloads.of(grant), ceremony.grantKey));
    }

    public KeydReply publish(NodeDocument node) {
        return publish(Ceremony.signed(NodeDocument.TYPE, Payloads.of(node), ceremony.nodeKey));
    }

    public KeydReply publish(Tombstone tombstone) {
        return publish(Ceremony.signed(Tombstone.TYPE, Payloads.of(tombstone), ceremony.grantKey));
    }

    public KeydReply publish(byte[] envelope) {
        return answers.answer(new KeydRequest.Publish(Bytes.of(envelope)), true);
    }

    /// Publishes the node and the grants of `demo` and `second`.
    public KeydFleet furnished() {
        publish(node(Ceremony.NODE, 1, Reboot.GO));
        publish(grant(Ceremony.DEMO, 0, 1, Optional.of(toRack(2, Attestation.NONE))));
        publish(grant(Ceremony.SECOND, 1, 1, Optional.of(toRack(2, Attestation.NONE))));
        return this;
    }

    /// A state with these tenants, whose grants are version 1's.
    public NodeState state(NodeId node, long sequence, Optional<Digest> previous, TenantId... tenants) {
        var all = new ArrayList<NodeState.Tenant>();
        for (var tenant : tenants) {
            int net = List.of(tenants).indexOf(tenant);
            var grant = ceremony.verified(Ceremony.grant(tenant, net));
            all.addAll(Ceremony.state(grant, new Counts(1, 0, 0)).tenants());
        }
        return new NodeState(
                node, sequence, previous, wall.minusSeconds(1), wall.plus(Duration.ofHours(24)), List.of(), all);
    }

    public byte[] signed(NodeState state) {
        return ceremony.signed(state);
    }

    /// The proof of a state for what keyd was shown last.
    public Bytes proof(byte[] state) {
        if (state.length == 0) {
            return Bytes.EMPTY;
        }
        long size = service.logSize();
        var known = new HighWaterMark(
                1,
                0,
                Optional.empty(),
                size == 0 ? Optional.empty() : Optional.of(new TreeHead(size, Ceremony.SOME, Ceremony.NOW)),
                TimeMark.NONE,
                Map.of(),
                Map.of());
        return log.proof(Bytes.of(state), ceremony.stateKey, known);
    }

    /// A challenge for a node, and its payload's digest.
    public record Challenged(KeyChallenge challenge, Digest digest) {}

    public Challenged challenge(NodeId node) throws Exception {
        var reply = answers.answer(new KeydRequest.Challenge(node, Bytes.EMPTY), false);
        if (!(reply instanceof KeydReply.Challenged(var envelope))) {
            throw new AssertionError("no challenge: " + reply);
        }
        var payload = Envelope.parse(envelope.array(), KeyChallenge.TYPE).payload();
        return new Challenged(KeyChallenge.parse(payload.array()), payload.digest());
    }

    /// A node's boot, with a sealing key.
    public static final class Boot implements AutoCloseable {
        public final String id;
        public final SecretMemory key;
        public final Bytes half;

        @SuppressWarnings("MustBeClosedChecker") // close() does
        public Boot(int number) throws Exception {
            var hpke = new Hpke(new Libcrypto());
            this.id = "00000000-0000-4000-8000-%012d".formatted(number);
            this.key = SecretMemory.allocate(Hpke.KEY_SIZE);
            hpke.generate(key);
            this.half = Bytes.of(hpke.publicKey(key));
        }

        @Override
        public void close() {
            key.close();
        }
    }

    public KeyStatement statement(NodeId node, Boot boot, Digest challenge, KeyStatement.FloorKey... known) {
        return new KeyStatement(fleet(), node, challenge, boot.id, boot.half, NodeMode.DEV, List.of(known));
    }

    public static Bytes signed(KeyStatement statement, Ceremony.Key identity) {
        var unsigned = statement.unsigned();
        var signature = Bytes.of(identity.sign(unsigned.signedBytes()));
        return Bytes.of(KeyStatement.signed(unsigned, identity.verifyKey().id(), signature));
    }

    /// Asks for a node's keys as an honest coordinator does: a challenge, the node's statement, its state.
    public KeydReply seal(NodeId node, Boot boot, NodeState state) throws Exception {
        var challenge = challenge(node);
        var statement = signed(statement(node, boot, challenge.digest()), identity(node));
        return seal(statement, signed(state));
    }

    public KeydReply seal(Bytes statement, byte[] state) {
        return answers.answer(new KeydRequest.Seal(statement, Bytes.EMPTY, Bytes.of(state), proof(state)), false);
    }

    public Ceremony.Key identity(NodeId node) {
        return Optional.ofNullable(identities.get(node)).orElseThrow();
    }

    /// The audit's records about a tenant, the newest last.
    public List<String> records(String tenant) throws IOException {
        return audit.records(tenant, "", 0, 1000);
    }

    @Override
    public void close() throws StoreException {
        store.close();
    }
}
