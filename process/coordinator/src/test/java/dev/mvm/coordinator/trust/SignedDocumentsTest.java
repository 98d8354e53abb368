package dev.mvm.coordinator.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.Grants;
import dev.mvm.crypto.sign.KeyFile;
import dev.mvm.crypto.sign.PassphraseFile;
import dev.mvm.crypto.sign.PassphraseSource;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.Rates;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.HighWaterMark;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.MeasuredRelease;
import dev.mvm.protocol.trust.authoring.Measurements;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.Tombstone;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The coordinator's documents against the verifier that nodes use.
final class SignedDocumentsTest {
    private static final NodeId NODE = new NodeId("edge-1");

    @TempDir
    Path folder;

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    private SigningKey grantKey;
    private Documents documents;
    private SigningKey rootKey;
    private TrustRoot root;

    @BeforeEach
    void ceremony() throws Exception {
        rootKey = KeyFile.create(folder.resolve("root.key"));
        grantKey = KeyFile.create(folder.resolve("grant.key"));
        var stateKey = KeyFile.create(folder.resolve("state.key"));
        root = Ceremony.root(
                1,
                now.minusSeconds(60),
                now.plusSeconds(1_000_000),
                Map.of(Role.ROOT, one(rootKey), Role.GRANT, one(grantKey), Role.STATE, one(stateKey)));
        Files.write(folder.resolve("root.dsse"), signed(DocumentType.ROOT, Payloads.of(root), rootKey));
        documents = open(folder.resolve("root.dsse"), "state.key");
    }

    private Digest pin() {
        return Digest.of(Payloads.of(root));
    }

    private Documents open(Path file, String key) throws DocumentRefusedException {
        return open(file, pin(), key);
    }

    private Documents open(Path file, Digest pin, String key) throws DocumentRefusedException {
        return SignedDocuments.open(
                file, pin, folder.resolve(key).toString(), PassphraseSource.none("the key is plain"));
    }

    private static TrustRoot.Keys one(SigningKey key) {
        return new TrustRoot.Keys(1, List.of(key.verifyKey()));
    }

    private static byte[] signed(DocumentType type, byte[] payload, SigningKey key) throws Exception {
        var envelope = Envelopes.unsigned(type, payload);
        return Envelopes.bytes(Envelopes.signed(
                envelope, new Envelope.Signature(key.verifyKey().id(), Bytes.of(key.sign(envelope.signedBytes())))));
    }

    private static byte[] grant(SignedGrant plain) {
        var pools = plain.pools().stream()
                .map(pool -> new dev.mvm.protocol.trust.Grant.Pool(
                        pool.pool(),
                        pool.revisions(),
                        pool.ceiling(),
                        new dev.mvm.protocol.trust.Grant.Range(pool.min(), pool.max()),
                        pool.flags(),
                        Rates.UNLIMITED))
                .toList();
        return Payloads.of(new dev.mvm.protocol.trust.Grant(
                plain.tenant(),
                plain.version(),
                plain.network(),
                plain.notBefore(),
                plain.expires(),
                plain.quotas(),
                pools,
                List.of(Ceremony.RUNTIME),
                plain.keys(),
                NodeMode.DEV));
    }

    private static void refused(String reason, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(DocumentRefusedException.class, e -> {
            assertThat(e.reason()).isEqualTo(reason);
            assertThat(e).hasMessageNotContaining("\n");
        });
    }

    @Test
    @Tag("claim-K5")
    void nodeDocument_isReadForThisFleetAlone_bySignersOfItsRole() throws Exception {
        var key = Optional.of(rootKey.verifyKey());
        var document = new NodeDocument(pin(), NODE, 3, now, now.plusSeconds(60), key);
        var read = documents.nodes().node(node(document, grantKey));
        assertThat(read.node()).isEqualTo(NODE);
        assertThat(read.version()).isEqualTo(3);
        assertThat(read.identity()).contains(rootKey.verifyKey().id());
        refused("untrusted_key", () -> documents.nodes().node(node(document, rootKey)));
        var elsewhere = new NodeDocument(Digest.of(new byte[] {9}), NODE, 3, now, now.plusSeconds(60), key);
        refused("wrong_fleet", () -> documents.nodes().node(node(elsewhere, grantKey)));
    }

    private static ByteString node(NodeDocument document, SigningKey key) throws Exception {
        return ByteString.copyFrom(signed(NodeDocument.TYPE, Payloads.of(document), key));
    }

    @Test
    void tombstone_isReadForThisFleetAlone_bySignersOfGrants() throws Exception {
        var document = new Tombstone(pin(), new TenantId("acme"), 4, now);
        var good = ByteString.copyFrom(signed(Tombstone.TYPE, Payloads.of(document), grantKey));
        var read = documents.fleet().tombstone(good);
        assertThat(read.tenant()).isEqualTo(document.tenant());
        assertThat(read.version()).isEqualTo(4);
        var byRoot = ByteString.copyFrom(signed(Tombstone.TYPE, Payloads.of(document), rootKey));
        refused("untrusted_key", () -> documents.fleet().tombstone(byRoot));
        var other = new Tombstone(Digest.of(new byte[] {9}), document.tenant(), 4, now);
        var elsewhere = ByteString.copyFrom(signed(Tombstone.TYPE, Payloads.of(other), grantKey));
        refused("wrong_fleet", () -> documents.fleet().tombstone(elsewhere));
        refused("wrong_type", () -> documents.fleet().measurements(good));
        refused("wrong_type", () -> documents.nodes().node(good));
        refused("wrong_type", () -> documents.grants().read(good));
    }

    @Test
    void measurements_areReadForThisFleetAlone_bySignersOfNodes() throws Exception {
        var release = new MeasuredRelease("0.4.0", List.of(new MeasuredRelease.Pcr(7, List.of(pin()))));
        var list = new Measurements(pin(), 2, now, now.plusSeconds(60), List.of(release));
        var good = ByteString.copyFrom(signed(Measurements.TYPE, Payloads.of(list), grantKey));
        assertThat(documents.fleet().measurements(good).releases()).containsExactly(release);
        var byRoot = ByteString.copyFrom(signed(Measurements.TYPE, Payloads.of(list), rootKey));
        refused("untrusted_key", () -> documents.fleet().measurements(byRoot));
        var other = new Measurements(Digest.of(new byte[] {9}), 2, now, now.plusSeconds(60), List.of());
        var elsewhere = ByteString.copyFrom(signed(Measurements.TYPE, Payloads.of(other), grantKey));
        refused("wrong_fleet", () -> documents.fleet().measurements(elsewhere));
    }

    /// A node passes over it, and the key service would refuse the whole.
    @Test
    void grantWithARelease_isReadAsAWhole() throws Exception {
        var plain = new String(grant(Grants.grant("acme", 1, 0, Grants.PLENTY, Grants.pool("web", 0, 9))), UTF_8);
        var release = ", \"release\" : "
                + "{\"nodes\":[],\"labels\":[\"gpu\"],\"any\":0,\"max_nodes\":3,\"attestation\":\"tpm2\"}}";
        var good = plain.substring(0, plain.lastIndexOf('}')) + release;
        assertThat(readGrant(good).version()).isEqualTo(1);
        refused("malformed", () -> readGrant(good.replace("\"max_nodes\":3", "\"max_nodes\":0")));
        refused("malformed", () -> readGrant(good.replace("\"tpm2\"", "\"tpm1\"")));
    }

    private SignedGrant readGrant(String payload) throws Exception {
        return documents
                .grants()
                .read(ByteString.copyFrom(signed(DocumentType.GRANT, payload.getBytes(UTF_8), grantKey)));
    }

    /// Nodes would follow such a root, and then take no state of anybody.
    @Test
    void rootThatWouldStopTheFleet_isRefusedBeforeItIsPublished() throws Exception {
        var other = KeyFile.create(folder.resolve("other.key"));
        var roles = new HashMap<>(root.roles());
        refused("not_yet_valid", () -> next(now.plusSeconds(3600), now.plusSeconds(7200), roles));
        refused("root_expired", () -> next(now.minusSeconds(50), now.minusSeconds(1), roles));
        var state = root.keys(Role.STATE).keys().getFirst();
        roles.put(Role.STATE, new TrustRoot.Keys(2, List.of(state, other.verifyKey())));
        refused("below_threshold", () -> next(now, now.plusSeconds(60), roles));
        roles.put(Role.STATE, new TrustRoot.Keys(1, List.of(state, other.verifyKey())));
        assertThat(next(now, now.plusSeconds(60), roles).version()).isEqualTo(2);
    }

    private Roots.Root next(Instant issuedAt, Instant expires, Map<Role, TrustRoot.Keys> roles) throws Exception {
        var next = Ceremony.root(2, issuedAt, expires, roles);
        return documents.roots().next(ByteString.copyFrom(signed(DocumentType.ROOT, Payloads.of(next), rootKey)));
    }

    private SignedGrant read(SigningKey key) throws Exception {
        var plain = Grants.grant("acme", 3, 5, Grants.PLENTY, Grants.pool("web", 0, 9));
        return documents.grants().read(envelope(plain, key));
    }

    private static ByteString envelope(SignedGrant plain, SigningKey key) throws Exception {
        return ByteString.copyFrom(signed(DocumentType.GRANT, grant(plain), key));
    }

    private static StateContent content(SignedGrant grant, int running) {
        var pool = grant.pools().getFirst();
        return new StateContent(
                List.of(grant.digest()),
                List.of(new StateContent.Tenant(
                        grant.tenant(),
                        grant.network(),
                        grant.quotas(),
                        List.of(new StateContent.Pool(
                                pool.pool(),
                                pool.revisions().getFirst(),
                                pool.ceiling(),
                                new Counts(running, 0, 0),
                                pool.flags(),
                                Rates.UNLIMITED)))),
                NodeMode.DEV);
    }

    private StateSigner.Place place(long sequence) {
        var previous = sequence == 1 ? Optional.<Digest>empty() : Optional.of(Grants.revision("x"));
        return new StateSigner.Place(NODE, sequence, previous, now, now.plusSeconds(3_600));
    }

    @Test
    void signedGrant_isReadAsItIs() throws Exception {
        var plain = Grants.grant("acme", 3, 5, Grants.PLENTY, Grants.pool("web", 0, 9));
        var grant = read(grantKey);
        assertThat(grant.tenant()).isEqualTo(plain.tenant());
        assertThat(grant.version()).isEqualTo(3);
        assertThat(grant.network()).isEqualTo(plain.network());
        assertThat(grant.quotas()).isEqualTo(plain.quotas());
        assertThat(grant.pools()).isEqualTo(plain.pools());
    }

    @Test
    @Tag("claim-K2")
    void stateWithKeys_isHandedOutOnlyIfItsGrantHasThem() throws Exception {
        var id = new KeyName("disk");
        var plain = Grants.withKeys(
                Grants.grant("acme", 3, 5, Grants.PLENTY, Grants.pool("web", 0, 9)),
                new dev.mvm.protocol.trust.Grant.Key(id, KeyPurpose.VOLUME, 2));
        var grant = documents.grants().read(envelope(plain, grantKey));
        assertThat(grant.keys()).isEqualTo(plain.keys());
        for (int version = 1; version <= 2; version++) {
            var key = new TenantKey(id, KeyPurpose.VOLUME, version, Bytes.of(new byte[16]));
            var bare = content(grant, 1);
            var content = new StateContent(
                    bare.grants(), List.of(bare.tenants().getFirst().with(List.of(key))), NodeMode.DEV);
            assertThat(documents.states().fingerprint(content))
                    .isNotEqualTo(documents.states().fingerprint(bare));
            if (version < 2) {
                refused("key_revoked", () -> documents.states().sign(place(1), content));
            } else {
                var signed = documents.states().sign(place(1), content);
                assertThat(new String(signed.envelope().toByteArray(), UTF_8)).contains("payload");
            }
        }
    }

    @Test
    void grantByAnotherKey_isRefused() {
        refused("untrusted_key", () -> read(KeyFile.create(folder.resolve("other.key"))));
        refused("untrusted_key", () -> read(KeyFile.read(folder.resolve("state.key"), PassphraseSource.none("plain"))));
        refused("malformed", () -> documents.grants().read(ByteString.copyFromUtf8("nonsense")));
    }

    @Test
    void signedState_isBelievedByANode() throws Exception {
        var grant = read(grantKey);
        var signed = documents.states().sign(place(1), content(grant, 4));
        var verifier = new Verifier(new JdkEd25519());
        var rootBytes = Files.readAllBytes(folder.resolve("root.dsse"));
        var root = verifier.pinnedRoot(
                rootBytes,
                Envelope.parse(rootBytes, DocumentType.ROOT).payload().digest());
        var plain = Grants.grant("acme", 3, 5, Grants.PLENTY, Grants.pool("web", 0, 9));
        var verified = verifier.grant(root, signed(DocumentType.GRANT, grant(plain), grantKey));
        var installed = verifier.newState(
                signed.envelope().toByteArray(),
                new Verifier.Context(root, NODE, NodeMode.DEV, HighWaterMark.NONE, Instant.now(), List.of(verified)));
        assertThat(installed.state().digest()).isEqualTo(signed.digest());
        assertThat(installed
                        .state()
                        .value()
                        .tenants()
                        .getFirst()
                        .pools()
                        .getFirst()
                        .counts())
                .isEqualTo(new Counts(4, 0, 0));
    }

    @Test
    void laterStates_nameTheirPredecessor() throws Exception {
        var grant = read(grantKey);
        assertThat(documents
                        .states()
                        .sign(place(2), content(grant, 1))
                        .envelope()
                        .isEmpty())
                .isFalse();
        assertThat(documents
                        .states()
                        .sign(place(42), content(grant, 1))
                        .envelope()
                        .isEmpty())
                .isFalse();
    }

    @Test
    @Tag("claim-C4")
    void stateThatANodeWouldRefuse_isNotHandedOut() throws Exception {
        var grant = read(grantKey);
        refused("beyond_grant_count", () -> documents.states().sign(place(1), content(grant, 10)));
        var unknown = new StateContent(
                List.of(Grants.revision("x")), content(grant, 1).tenants(), NodeMode.DEV);
        refused("no_grant", () -> documents.states().sign(place(1), unknown));
    }

    @Test
    void fingerprint_isOfTheContentAlone() throws Exception {
        var grant = read(grantKey);
        assertThat(documents.states().fingerprint(content(grant, 1)))
                .isEqualTo(documents.states().fingerprint(content(grant, 1)))
                .isNotEqualTo(documents.states().fingerprint(content(grant, 2)));
    }

    @Test
    void keysThatDoNotFit_areRefusedAtStart() throws Exception {
        var file = folder.resolve("root.dsse");
        refused("no_key", () -> open(file, "none.key"));
        refused("no_root", () -> open(folder.resolve("none"), "state.key"));
        refused("malformed", () -> open(folder.resolve("root.key.pub"), "state.key"));
        refused("not_the_pinned_root", () -> open(file, Digest.of(new byte[1]), "state.key"));
    }

    @Test
    @Tag("claim-T7")
    void keyWithoutTheRole_signsNothing() throws Exception {
        var grant = read(grantKey);
        var other = open(folder.resolve("root.dsse"), "grant.key");
        assertThat(other.roots().signs()).isFalse();
        other.grants().read(envelope(Grants.grant("acme", 3, 5, Grants.PLENTY, Grants.pool("web", 0, 9)), grantKey));
        refused("untrusted_key", () -> other.states().sign(place(1), content(grant, 1)));
    }

    @Test
    @Tag("claim-T7")
    void nextRoot_isAdopted_andDecidesFromThenOn() throws Exception {
        var grant = read(grantKey);
        var before = documents.states().fingerprint(content(grant, 1));
        var fresh = KeyFile.create(folder.resolve("fresh.key"));
        var next = Ceremony.root(
                2,
                now.minusSeconds(30),
                now.plusSeconds(1_000_000),
                Map.of(Role.ROOT, one(rootKey), Role.GRANT, one(fresh), Role.STATE, one(fresh)));
        var byThief = ByteString.copyFrom(signed(DocumentType.ROOT, Payloads.of(next), fresh));
        refused("untrusted_key", () -> documents.roots().adopt(byThief));
        refused("untrusted_key", () -> documents.roots().next(byThief));
        var envelope = ByteString.copyFrom(signed(DocumentType.ROOT, Payloads.of(next), rootKey));
        assertThat(documents.roots().next(envelope).version()).isEqualTo(2);
        assertThat(documents.roots().version()).isEqualTo(1);
        documents.roots().adopt(envelope);
        documents.roots().adopt(envelope);
        assertThat(documents.roots().all()).hasSize(2);
        assertThat(documents.roots().signs()).isFalse();
        assertThat(documents.states().fingerprint(content(grant, 1))).isNotEqualTo(before);
        refused("untrusted_key", () -> read(grantKey));
        refused("untrusted_key", () -> documents.states().sign(place(1), content(grant, 1)));
        assertThat(documents.states().earliest()).isEqualTo(now.minusSeconds(30));
    }

    @Test
    void encryptedStateKey_isOpenedByItsPassphraseAlone() throws Exception {
        var file = folder.resolve("root.dsse");
        var passphrase = Files.writeString(folder.resolve("passphrase"), "correct horse\n");
        var wrong = Files.writeString(folder.resolve("wrong"), "battery staple\n");
        for (var secret : List.of(passphrase, wrong)) {
            Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        }
        var key = folder.resolve("state.key");
        KeyFile.changePassphrase(key, PassphraseSource.none("the key is plain"), new PassphraseFile(passphrase));
        assertThat(SignedDocuments.open(file, pin(), key.toString(), new PassphraseFile(passphrase)))
                .isNotNull();
        refused("wrong_passphrase", () -> SignedDocuments.open(file, pin(), key.toString(), new PassphraseFile(wrong)));
        refused("no_passphrase", () -> open(file, "state.key"));
        refused("bad_reference", () -> SignedDocuments.open(file, pin(), "kms:state", new PassphraseFile(wrong)));
    }

    /// A key that JDK 25.0.5.1 has mislabelled; the vectors of the module that reads keys.
    @Test
    void mislabelledStateKey_isRefused_andSaysWhatToDo() throws Exception {
        var vector = Path.of("../../foundation/crypto/sign/src/test/resources/dev/mvm/crypto/sign/keys/"
                + "jdk-25.0.5.1-mislabelled.test-vector.key");
        var key = Files.copy(vector, folder.resolve("mislabelled.key"));
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        assertThatThrownBy(() -> SignedDocuments.open(
                        folder.resolve("root.dsse"),
                        pin(),
                        key.toString(),
                        PassphraseSource.none("no passphrase in this test")))
                .isInstanceOfSatisfying(
                        DocumentRefusedException.class,
                        e -> assertThat(e.reason()).isEqualTo("wrong_label"))
                .hasMessageContaining("mvm signing-key passphrase FILE writes it rightly")
                .message()
                .doesNotContain("\n");
    }
}
