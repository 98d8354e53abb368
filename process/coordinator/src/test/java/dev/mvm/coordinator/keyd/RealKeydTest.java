package dev.mvm.coordinator.keyd;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.Grants;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.fleet.TenantChanges;
import dev.mvm.coordinator.node.Events;
import dev.mvm.coordinator.node.NodeKeysView;
import dev.mvm.coordinator.node.NodeLink;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.states.LoggedStates;
import dev.mvm.coordinator.states.StateIssuer;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.Stores;
import dev.mvm.coordinator.store.Txn;
import dev.mvm.coordinator.trust.Documents;
import dev.mvm.coordinator.trust.SignedDocuments;
import dev.mvm.crypto.sign.Ed25519Library;
import dev.mvm.crypto.sign.KeyFile;
import dev.mvm.crypto.sign.PassphraseSource;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.tenantkeys.HpkeSealer;
import dev.mvm.keyd.audit.ReleaseAudit;
import dev.mvm.keyd.release.KeydClock;
import dev.mvm.keyd.release.ReleaseService;
import dev.mvm.keyd.release.TenantKeys;
import dev.mvm.keyd.rpc.Answers;
import dev.mvm.keyd.rpc.Door;
import dev.mvm.keyd.rpc.KeydServer;
import dev.mvm.keyd.store.KeyStore;
import dev.mvm.keyd.store.KeyStores;
import dev.mvm.keyd.store.MasterKey;
import dev.mvm.keyd.store.MasterKeys;
import dev.mvm.keyd.store.StoreClock;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.keyd.service.KeydClient;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.Attestation;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.GrantRelease;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.Reboot;
import dev.mvm.protocol.trust.store.StateFiles;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A coordinator's parts with the real key service over its socket, real documents, and a node that signs and opens.
@SuppressWarnings("MustBeClosedChecker") // closed by stop()
final class RealKeydTest {
    private static final NodeId EDGE = new NodeId("edge-1");
    private static final TenantId ACME = new TenantId("acme");
    private static final TenantId RIVAL = new TenantId("rival");
    private static final KeyName DISK = new KeyName("disk");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    private Path folder;

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final List<String> journal = new ArrayList<>();
    private final List<KeyBlob> blobs = new ArrayList<>();
    private final List<byte[]> opened = new ArrayList<>();
    private final Events events = new Events(InstantSource.system());
    private final Nodes nodes = new Nodes(events);
    private final WakeUp stop = new WakeUp();
    private final Hpke hpke = new Hpke(new Libcrypto());
    private final SecretMemory sealing = SecretMemory.allocate(Hpke.KEY_SIZE);

    /// Moves by itself with each pass, so that no round waits for another.
    private Instant steady = Instant.parse("2026-01-31T12:00:00Z");

    private SigningKey grantKey;
    private SigningKey nodeKey;
    private SigningKey identity;
    private Digest fleet;
    private Documents documents;
    private Store store;
    private FleetStore records;
    private KeyStore keyStore;
    private Thread server;
    private KeydDocuments given;
    private NamedKeys named;
    private KeyRounds rounds;
    private StateIssuer issuer;

    RealKeydTest() throws Exception {}

    private static final class MemoryFiles implements StateFiles {
        private final Map<String, byte[]> all = new ConcurrentHashMap<>();

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

    private static TrustRoot.Keys one(SigningKey key) {
        return new TrustRoot.Keys(1, List.of(key.verifyKey()));
    }

    private static byte[] signed(DocumentType type, int schema, byte[] payload, SigningKey key) throws Exception {
        var envelope = Envelopes.unsigned(type, schema, payload);
        return Envelopes.bytes(Envelopes.signed(
                envelope, new Envelope.Signature(key.verifyKey().id(), Bytes.of(key.sign(envelope.signedBytes())))));
    }

    @BeforeEach
    void start() throws Exception {
        hpke.generate(sealing);
        identity = KeyFile.create(folder.resolve("identity.key"));
        grantKey = KeyFile.create(folder.resolve("grant.key"));
        nodeKey = KeyFile.create(folder.resolve("node.key"));
        var rootKey = KeyFile.create(folder.resolve("root.key"));
        var keysKey = KeyFile.create(folder.resolve("keys.key"));
        var root = Ceremony.root(
                1,
                now.minusSeconds(60),
                now.plusSeconds(1_000_000),
                Map.of(
                        Role.ROOT, one(rootKey),
                        Role.GRANT, one(grantKey),
                        Role.STATE, one(KeyFile.create(folder.resolve("state.key"))),
                        Role.NODE, one(nodeKey),
                        Role.KEYS, one(keysKey)));
        var payload = Payloads.of(root);
        fleet = Digest.of(payload);
        var envelope = signed(DocumentType.ROOT, 2, payload, rootKey);
        Files.write(folder.resolve("root.dsse"), envelope);
        documents = SignedDocuments.open(
                folder.resolve("root.dsse"),
                fleet,
                folder.resolve("state.key").toString(),
                PassphraseSource.none("the key is plain"));
        serve(envelope, keysKey);
        coordinate();
    }

    /// Starts the key service.
    private void serve(byte[] root, SigningKey key) throws Exception {
        var check = Ed25519Library.here().check();
        var files = new MemoryFiles();
        Files.createDirectory(folder.resolve("master"));
        KeyStores.init(folder.resolve("keys"), master());
        keyStore = KeyStores.open(
                folder.resolve("keys"), master(), () -> new StoreClock.Moment(now.getEpochSecond(), "boot", 0));
        var documentFiles = new MemoryFiles();
        dev.mvm.keyd.documents.Documents.init(documentFiles, new Verifier(check), root, fleet);
        var clock = new KeydClock(files, InstantSource.system(), () -> System.nanoTime() / 1_000_000_000);
        var published = dev.mvm.keyd.documents.Documents.open(documentFiles, new Verifier(check), clock, journal::add);
        var audit = new ReleaseAudit(folder.resolve("audit"), files, fleet, key, clock);
        var keys = TenantKeys.of(keyStore);
        var releases = ReleaseService.open(
                new ReleaseService.Parts(published, keys, audit, files, key, HpkeSealer.find(), check, clock),
                new ReleaseService.Numbers(Duration.ofMinutes(5), Duration.ofHours(36), 32, 32));
        var answers = new Answers(published, keys, releases, audit, journal::add);
        try (var directory = Directory.open(folder)) {
            var door = new Door(UnixListener.streams(directory, "keyd.sock", 0600), OptionalInt.empty(), false, 8);
            var running = new KeydServer(door, answers, journal::add);
            server = Thread.ofPlatform().start(() -> {
                try {
                    running.run(stop);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    private MasterKey master() throws Exception {
        var setting = new MasterKeys.Setting(folder.resolve("keys"), false, true, Map.of());
        return MasterKeys.open("file:" + folder.resolve("master"), setting);
    }

    private void coordinate() throws Exception {
        Files.createDirectory(folder.resolve("coordinator"));
        store = Stores.sqlite(folder.resolve("coordinator/store.db"), InstantSource.system());
        records = new FleetStore(store, documents.grants());
        var client = new KeydClient(folder.resolve("keyd.sock"), PATIENCE);
        given = new KeydDocuments(client, records, documents.roots(), events, () -> steady);
        named = new NamedKeys(client, records);
        issuer = new StateIssuer(records, documents.states(), named, InstantSource.system(), Duration.ofDays(1));
        rounds = new KeyRounds(
                new Sealing(client, new LoggedStates(records)),
                nodes,
                Runnable::run,
                () -> steady,
                new KeyRounds.Times(PATIENCE, Duration.ofHours(12)));
    }

    @AfterEach
    void stop() throws Exception {
        stop.signal();
        server.join();
        store.close();
        keyStore.close();
        sealing.close();
    }

    private void grant(TenantId tenant, int net, Optional<GrantRelease> release) throws Exception {
        var changes = new TenantChanges(records, InstantSource.system());
        changes.create(tenant);
        var plain = Grants.grant(tenant.value(), 1, net, Grants.PLENTY, Grants.pool("web", 0, 9));
        var pools = plain.pools().stream()
                .map(pool -> new Grant.Pool(
                        pool.pool(),
                        pool.revisions(),
                        pool.ceiling(),
                        new Grant.Range(pool.min(), pool.max()),
                        pool.flags(),
                        pool.rates()))
                .toList();
        var grant = new Grant(
                tenant,
                1,
                plain.network(),
                plain.notBefore(),
                plain.expires(),
                plain.quotas(),
                pools,
                List.of(Ceremony.RUNTIME),
                List.of(new Grant.Key(DISK, KeyPurpose.VOLUME, 1)),
                NodeMode.DEV);
        var document = Payloads.of(new GrantDocument(grant, release));
        changes.publish(ByteString.copyFrom(signed(DocumentType.GRANT, 3, document, grantKey)));
        changes.change(new PoolAddress(tenant, new PoolId("web")), pool -> pool.with(new Counts(1, 0, 0)));
    }

    private static Optional<GrantRelease> to(NodeId node) {
        return Optional.of(new GrantRelease(List.of(node), List.of(), false, 4, Attestation.NONE));
    }

    private void nodeDocument() throws Exception {
        var traits = new NodeTraits(
                List.of(), Optional.empty(), NodeTraits.Largest.UNLIMITED, 8, Reboot.GO, Optional.empty(), List.of());
        var document = new NodeDocument(
                fleet,
                EDGE,
                1,
                now.minusSeconds(1),
                now.plusSeconds(100_000),
                Optional.of(identity.verifyKey()),
                traits);
        var envelope = signed(NodeDocument.TYPE, 2, Payloads.of(document), nodeKey);
        store.txn(Txn.of(Op.put(FleetKeys.nodeDocument(EDGE, 1), ByteString.copyFrom(envelope))));
    }

    /// A node that states with its identity key, and opens what it is given.
    private final class Node implements NodeLink.Wire {
        private NodeLink link;

        @Override
        public boolean ready() {
            return true;
        }

        @Override
        public void send(CoordinatorMessage message) {
            try {
                if (message.hasKeyChallenge()) {
                    state(message.getKeyChallenge());
                } else {
                    open(message.getKeyBlob());
                }
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        private void state(CoordinatorMessage.KeyChallenge challenge) throws Exception {
            var payload = Envelope.parse(challenge.getEnvelope().toByteArray(), KeyChallenge.TYPE)
                    .payload();
            var half = Bytes.of(hpke.publicKey(sealing));
            var unsigned = new KeyStatement(
                            fleet,
                            EDGE,
                            payload.digest(),
                            "00000000-0000-4000-8000-000000000001",
                            half,
                            NodeMode.DEV,
                            List.of())
                    .unsigned();
            var signature = Bytes.of(identity.sign(unsigned.signedBytes()));
            var said = KeyStatement.signed(unsigned, identity.verifyKey().id(), signature);
            link.answered(
                    challenge.getRequest(),
                    NodeMessage.newBuilder()
                            .setKeyStatement(NodeMessage.KeyStatement.newBuilder()
                                    .setRequest(challenge.getRequest())
                                    .setStatement(ByteString.copyFrom(said)))
                            .build());
        }

        private void open(CoordinatorMessage.KeyBlob message) throws Exception {
            var blob = KeyBlob.parse(Envelope.parse(message.getEnvelope().toByteArray(), KeyBlob.TYPE)
                    .payload()
                    .array());
            blobs.add(blob);
            for (int i = 0; i < blob.keys().size(); i++) {
                try (var plain = SecretMemory.allocate(Hpke.KEY_SIZE)) {
                    var key = blob.keys().get(i);
                    assertThat(hpke.open(
                                    sealing,
                                    blob.enc().array(),
                                    i,
                                    key.sealed().array(),
                                    KeyBlob.info(),
                                    blob.aad(key),
                                    plain))
                            .isTrue();
                    opened.add(plain.bytes().toArray(ValueLayout.JAVA_BYTE));
                }
            }
            link.answered(
                    message.getRequest(),
                    NodeMessage.newBuilder()
                            .setKeyBlobAnswer(
                                    NodeMessage.KeyBlobAnswer.newBuilder().setTaken(true))
                            .build());
        }

        @Override
        public void end(ProblemException why) {}
    }

    private void connect() {
        var wire = new Node();
        wire.link = new NodeLink(EDGE, wire);
        nodes.connected(wire.link);
        wire.link.keys().takesBlobs(ByteString.EMPTY);
    }

    private StateIssuer.Due pass() throws Exception {
        steady = steady.plus(Turn.SPACING);
        given.pass();
        named.refresh();
        var fleetState = records.state();
        var state = issuer.current(fleetState, EDGE, 0);
        rounds.current(fleetState, EDGE, state);
        return state;
    }

    private NodeKeysView keys() {
        return nodes.view(EDGE).orElseThrow().keys();
    }

    @Test
    void service_takesTheCoordinatorsDocumentsStatesAndProofs_andTheNodeGetsItsKeys() throws Exception {
        grant(ACME, 0, to(EDGE));
        nodeDocument();
        connect();
        var state = pass();
        assertThat(given.known().lacking()).isEmpty();
        assertThat(given.known().status().orElseThrow().state()).isEqualTo("serving");
        assertThat(keys().fault()).as(journal.toString()).isEmpty();
        assertThat(keys().refused()).isEmpty();
        var key = blobs.getFirst().keys().getFirst();
        assertThat(key.tenant()).isEqualTo(ACME);
        assertThat(state.content().tenants().getFirst().keys())
                .singleElement()
                .satisfies(name -> assertThat(name.check()).isEqualTo(key.key().check()));

        grant(RIVAL, 1, to(EDGE));
        var _ = pass();
        assertThat(keys().fault())
                .as("the proof continues the head of before: " + journal)
                .isEmpty();
        assertThat(blobs.getLast().keys()).extracting(KeyBlob.Key::tenant).containsExactlyInAnyOrder(ACME, RIVAL);
        assertThat(blobs.getLast().period()).isGreaterThan(blobs.getFirst().period());
    }

    /// The store with its journal, the log of states in it, and a backup, which is a copy of the directory.
    @Test
    @Tag("claim-K4")
    void keyThatTheNodeOpens_isInNoFileOfTheCoordinator_plainOrEncrypted() throws Exception {
        grant(ACME, 0, to(EDGE));
        nodeDocument();
        connect();
        var _ = pass();
        var _ = pass();
        store.compact(store.revision());
        store.close();
        assertThat(opened).isNotEmpty();
        var sealed = blobs.getFirst().keys().getFirst().sealed().array();
        var kept = new StringBuilder();
        try (var files = Files.walk(folder.resolve("coordinator"))) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                kept.append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        assertThat(kept).as("the store is in it").contains("/states/edge-1");
        for (var secret : List.of(opened.getFirst(), sealed)) {
            assertThat(kept)
                    .doesNotContain(new String(secret, StandardCharsets.ISO_8859_1))
                    .doesNotContain(Base64.getEncoder().encodeToString(secret))
                    .doesNotContain(HexFormat.of().formatHex(secret));
        }
    }

    @Test
    void tenantThatIsNotReleasedToTheNode_isLeftOut_andTheOthersAreNot() throws Exception {
        grant(ACME, 0, to(EDGE));
        grant(RIVAL, 1, to(new NodeId("edge-9")));
        nodeDocument();
        connect();
        var _ = pass();
        assertThat(keys().fault()).as(journal.toString()).isEmpty();
        assertThat(keys().refused()).isEqualTo(Map.of("rival", "not_released_here"));
        assertThat(blobs.getFirst().keys()).extracting(KeyBlob.Key::tenant).containsExactly(ACME);
    }

    @Test
    void nodeWithoutADocument_isGivenNoChallenge() throws Exception {
        grant(ACME, 0, to(EDGE));
        connect();
        var _ = pass();
        assertThat(keys().fault()).isEqualTo("node_unknown");
        assertThat(blobs).isEmpty();
    }
}
