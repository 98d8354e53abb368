package dev.mvm.coordinator.keys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.FakeDocuments;
import dev.mvm.coordinator.Grants;
import dev.mvm.coordinator.ManualClock;
import dev.mvm.coordinator.api.KeyService;
import dev.mvm.coordinator.api.NodeDocumentService;
import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.fleet.Records;
import dev.mvm.coordinator.fleet.SealedCopy;
import dev.mvm.coordinator.fleet.TenantChanges;
import dev.mvm.coordinator.states.StateIssuer;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.KeyRange;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.Stores;
import dev.mvm.coordinator.store.Txn;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.crypto.tenantkeys.HpkeSealer;
import dev.mvm.crypto.tenantkeys.KeyCheck;
import dev.mvm.crypto.tenantkeys.LocalKeyAuthority;
import dev.mvm.crypto.tenantkeys.NodePublicKey;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.ListKeysRequest;
import dev.mvm.protocol.control.v1.Node;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.SealedKey;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys from a grant to a node that opens them.
final class KeyringTest {
    private static final NodeId NODE = new NodeId("edge-1");
    private static final TenantId ACME = new TenantId("acme");
    private static final KeyName DISK = new KeyName("disk");

    private final ManualClock clock = new ManualClock();
    private final FakeDocuments documents = new FakeDocuments();
    private final Hpke hpke = new Hpke(new Libcrypto());
    private int grants;
    private int nodeVersion;
    private int taken; // newest version that a node has told
    private Store store;
    private FleetStore records;
    private TenantChanges tenants;
    private Keyring keyring;

    @TempDir
    private Path folder;

    KeyringTest() throws Exception {}

    private Path masters() {
        return folder.resolve("master.keys");
    }

    @BeforeEach
    void open() throws Exception {
        store = Stores.inMemory(clock);
        records = new FleetStore(store, documents);
        tenants = new TenantChanges(records, clock);
        var _ = LocalKeyAuthority.addMaster(masters());
        keyring = new Keyring(
                records, documents, new LocalKeyAuthority(masters()), HpkeSealer.find(), (_, _) -> taken, clock);
        tenants.create(ACME);
        grant(new Grant.Key(DISK, KeyPurpose.VOLUME, 1));
        tenants.change(new PoolAddress(ACME, new PoolId("web")), want -> want.with(new Counts(1, 0, 0)));
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    private void grant(Grant.Key... keys) throws Exception {
        var plain = Grants.grant("acme", ++grants, 0, Grants.PLENTY, Grants.pool("web", 0, 9));
        tenants.publish(documents.envelope(Grants.withKeys(plain, keys)));
    }

    private NodePublicKey enrolled(SecretMemory nodeKey) throws Exception {
        hpke.generate(nodeKey);
        var half = new NodePublicKey(Bytes.of(hpke.publicKey(nodeKey)));
        publish(Optional.of(half.raw()));
        return half;
    }

    private void publish(Optional<Bytes> key) throws Exception {
        var _ = keyring.nodeKeys().publish(documents.nodeDocument(NODE, ++nodeVersion, clock.instant(), key));
    }

    private StateContent content() throws Exception {
        FleetState fleet = records.state();
        return keyring.added(fleet, NODE, fleet.content(NODE, clock.instant()));
    }

    private List<SealedKey> keys() throws Exception {
        return content().tenants().getFirst().keys();
    }

    private Optional<byte[]> opened(SecretMemory nodeKey, SealedKey key) throws Exception {
        try (var into = SecretMemory.allocate(SealedKey.KEY_SIZE)) {
            var aad = SealedKey.aad(NODE, ACME, key.id(), key.purpose(), key.version());
            boolean good = hpke.open(nodeKey, key.enc().array(), key.sealed().array(), SealedKey.info(), aad, into);
            return good ? Optional.of(into.bytes().toArray(JAVA_BYTE)) : Optional.empty();
        }
    }

    @Test
    void nodeOpensItsKeys_andTheSameBytesAreSealedOnce() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            assertThat(keys()).isEmpty(); // nothing to seal to
            var _ = enrolled(nodeKey);
            var first = keys();
            assertThat(first).singleElement().satisfies(key -> {
                assertThat(key.id()).isEqualTo(DISK);
                assertThat(key.version()).isEqualTo(1);
            });
            assertThat(opened(nodeKey, first.getFirst()).orElseThrow()).hasSize(32);
            assertThat(keys()).isEqualTo(first);
        }
    }

    @Test
    @Tag("claim-K4")
    void nodeWithoutInstancesOfTheTenant_getsNoKey() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var _ = enrolled(nodeKey);
            assertThat(keys()).hasSize(1);
            tenants.change(new PoolAddress(ACME, new PoolId("web")), want -> want.with(new Counts(0, 0, 0)));
            assertThat(keys()).isEmpty();
            assertThat(keyring.holders(ACME, DISK)).isEmpty();
        }
    }

    @Test
    void rotation_isANewKeyAndOldOnesGoWhenNoStateNeedsThem() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var _ = enrolled(nodeKey);
            var first = opened(nodeKey, keys().getFirst()).orElseThrow();
            assertThat(keyring.rotate(ACME, DISK).versions()).hasSize(2);
            assertThat(keyring.rotate(ACME, DISK).versions())
                    .extracting(version -> version.version())
                    .containsExactly(1, 2, 3); // the node's state still has 1
            var newer = keys().getFirst();
            assertThat(newer.version()).isEqualTo(3);
            assertThat(opened(nodeKey, newer).orElseThrow()).isNotEqualTo(first);
            assertThat(keyring.rotate(ACME, DISK).versions())
                    .extracting(version -> version.version())
                    .containsExactly(3, 4);
        }
        assertThatThrownBy(() -> keyring.rotate(ACME, new KeyName("other")))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().getReason()).isEqualTo("unknown_key"));
    }

    @Test
    void stateSaysWhichKeyItIs() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var _ = enrolled(nodeKey);
            for (var each : List.of(keys().getFirst(), rotated())) {
                assertThat(each.check())
                        .contains(KeyCheck.of(opened(nodeKey, each).orElseThrow()));
            }
        }
    }

    private SealedKey rotated() throws Exception {
        var _ = keyring.rotate(ACME, DISK);
        return keys().getFirst();
    }

    /// A key that an earlier version has encrypted goes out once more, with its check value.
    @Test
    void copyWithoutACheckValue_getsOne() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var half = enrolled(nodeKey);
            var key = keys().getFirst();
            var old = new SealedKey(key.id(), key.purpose(), key.version(), key.enc(), key.sealed());
            var at = FleetKeys.sealedKey(NODE, ACME, DISK);
            var copy = Records.bytes(new SealedCopy(half.fingerprint(), old));
            store.txn(Txn.of(Op.put(at, ByteString.copyFrom(copy))));
            var after = keys().getFirst();
            assertThat(after.version()).isEqualTo(key.version());
            assertThat(after.check()).isEqualTo(key.check());
            assertThat(opened(nodeKey, after)).contains(opened(nodeKey, key).orElseThrow());
        }
    }

    /// The store is put back to before a rotation: the version that nodes have since then is not made again.
    @Test
    @Tag("claim-K2")
    void rotationAfterTheStoreWasPutBack_goesPastWhatNodesHaveTaken() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var _ = enrolled(nodeKey);
            var at = FleetKeys.tenantKeyKey(ACME, DISK);
            var _ = keys();
            var before = store.get(at).orElseThrow().value();
            var lost = rotated();
            assertThat(lost.version()).isEqualTo(2);
            store.txn(Txn.of(Op.put(at, before)));
            taken = 2;
            assertThat(keys().getFirst().version()).isEqualTo(1); // which the node refuses, until somebody rotates
            var after = rotated();
            assertThat(after.version()).isEqualTo(3);
            assertThat(after.check()).isNotEqualTo(lost.check());
        }
    }

    /// The store is put back to before the key: its first version is not made again either.
    @Test
    @Tag("claim-K2")
    void keyThatTheStoreHasLost_isMadeUnderAVersionOfItsOwn() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var _ = enrolled(nodeKey);
            taken = 7;
            assertThat(keys().getFirst().version()).isEqualTo(8);
        }
    }

    @Test
    void nodeThatClaimsTooMuch_isNotBelieved() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var _ = enrolled(nodeKey);
            assertThat(keys().getFirst().version()).isEqualTo(1);
            taken = Integer.MAX_VALUE;
            assertThat(rotated().version()).isEqualTo(2);
            taken = 2 + NextVersion.MAX_LEAD + 1;
            assertThat(rotated().version()).isEqualTo(3);
            taken = 3 + NextVersion.MAX_LEAD;
            assertThat(rotated().version()).isEqualTo(taken + 1);
        }
    }

    @Test
    void newNodeKey_getsEverythingSealedAnew() throws Exception {
        try (var old = SecretMemory.allocate(Hpke.KEY_SIZE);
                var fresh = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var _ = enrolled(old);
            var before = keys().getFirst();
            var _ = enrolled(fresh);
            var after = keys().getFirst();
            assertThat(opened(old, after)).isEmpty();
            assertThat(opened(fresh, after)).contains(opened(old, before).orElseThrow());
        }
    }

    /// A thief of an operator's certificate can send what he likes, and signs nothing.
    @Test
    @Tag("claim-K5")
    void keyThatNoDocumentNames_getsNothing() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE);
                var thiefs = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var _ = enrolled(nodeKey);
            var before = keys();
            hpke.generate(thiefs);
            var half = Bytes.of(hpke.publicKey(thiefs));
            refused("untrusted_key", ByteString.copyFrom(half.array()));
            var old = documents.nodeDocument(NODE, nodeVersion, clock.instant(), Optional.of(half));
            refused("node_superseded", old);
            var zeroth = documents.nodeDocument(NODE, 0, clock.instant(), Optional.of(half));
            refused("node_superseded", zeroth);
            var expired = documents.nodeDocument(NODE, 9, clock.instant().minus(Duration.ofDays(1)), Optional.of(half));
            refused("expired", expired);
            assertThat(keys()).isEqualTo(before);
            assertThat(opened(thiefs, before.getFirst())).isEmpty();
        }
    }

    private void refused(String reason, ByteString envelope) {
        assertThatThrownBy(() -> keyring.nodeKeys().publish(envelope))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().getReason()).isEqualTo(reason));
    }

    @Test
    @Tag("claim-K5")
    void nodeWhoseDocumentIsRevokedExpiredOrDistrusted_getsNoKey() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var half = enrolled(nodeKey);
            assertThat(keys()).hasSize(1);
            publish(Optional.empty());
            assertThat(keys()).isEmpty();
            publish(Optional.of(half.raw()));
            assertThat(keys()).hasSize(1);
            clock.advance(Duration.ofDays(1));
            assertThat(keys()).isEmpty();
            publish(Optional.of(half.raw()));
            assertThat(keys()).hasSize(1);
            documents.distrustNodes();
            assertThat(keys()).isEmpty();
        }
    }

    @Test
    void sameDocumentAgain_isFine() throws Exception {
        var document = documents.nodeDocument(NODE, 1, clock.instant(), Optional.empty());
        assertThat(keyring.nodeKeys().publish(document).version()).isEqualTo(1);
        assertThat(keyring.nodeKeys().publish(document).version()).isEqualTo(1);
        assertThat(keyring.nodeKeys().all(Optional.of(NODE))).hasSize(1);
    }

    /// Keys that an earlier version has encrypted to a key that a call named stay in states, so that an
    /// upgrade takes nothing from a node. Nothing is added, and a document ends it.
    @Test
    @Tag("claim-K5")
    void keyOfBeforeDocuments_keepsWhatItHas_andGetsNothingNew() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var half = enrolled(nodeKey);
            var before = keys();
            store.txn(Txn.of(
                    Op.delete(FleetKeys.nodeDocument(NODE, nodeVersion)),
                    Op.put(FleetKeys.nodeKey(NODE), ByteString.copyFromUtf8(half.base64()))));
            assertThat(keys()).isEqualTo(before);
            grant(
                    new Grant.Key(DISK, KeyPurpose.VOLUME, 1),
                    new Grant.Key(new KeyName("snap"), KeyPurpose.SNAPSHOT, 1));
            assertThat(keys()).isEqualTo(before);
            var _ = keyring.rotate(ACME, DISK);
            assertThat(keys()).isEqualTo(before);
            publish(Optional.of(half.raw()));
            assertThat(keys()).hasSize(2).noneMatch(before::contains);
        }
    }

    @Test
    @Tag("claim-K4")
    void revokedVersion_isReplacedAndSentNoMore() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var _ = enrolled(nodeKey);
            var before = opened(nodeKey, keys().getFirst()).orElseThrow();
            grant(new Grant.Key(DISK, KeyPurpose.VOLUME, 7));
            var after = keys().getFirst();
            assertThat(after.version()).isEqualTo(7);
            assertThat(opened(nodeKey, after).orElseThrow()).isNotEqualTo(before);
            grant(new Grant.Key(DISK, KeyPurpose.SNAPSHOT, 7)); // no key changes its purpose
            assertThat(keys()).isEmpty();
            grant();
            assertThat(keys()).isEmpty();
        }
    }

    @Test
    void lostAuthority_takesNoKeyBack() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var _ = enrolled(nodeKey);
            var before = keys();
            Files.delete(masters());
            grant(
                    new Grant.Key(DISK, KeyPurpose.VOLUME, 1),
                    new Grant.Key(new KeyName("snap"), KeyPurpose.SNAPSHOT, 1));
            assertThat(keys()).isEqualTo(before);
        }
    }

    @Test
    void rewrapping_changesNoStateAndNoKey() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var _ = enrolled(nodeKey);
            var before = keys();
            assertThat(keyring.rewrap()).isEqualTo(new Keyring.Rewrapped(0, 1));
            var _ = LocalKeyAuthority.addMaster(masters());
            assertThat(keyring.rewrap()).isEqualTo(new Keyring.Rewrapped(1, 0));
            assertThat(keyring.rewrap()).isEqualTo(new Keyring.Rewrapped(0, 1));
            assertThat(keys()).isEqualTo(before);
        }
    }

    @Test
    @Tag("claim-K4")
    void plainKey_isNowhereInTheStore() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var _ = enrolled(nodeKey);
            var plain = opened(nodeKey, keys().getFirst()).orElseThrow();
            var all = new ByteArrayOutputStream();
            for (var entry : store.range(KeyRange.under("/")).entries()) {
                all.writeBytes(entry.value().toByteArray());
            }
            var base64 = Base64.getEncoder().withoutPadding().encode(plain);
            for (var form : new byte[][] {plain, Arrays.copyOf(base64, 40), Arrays.copyOfRange(plain, 8, 24)}) {
                assertThat(contains(all.toByteArray(), form)).isFalse();
            }
        }
    }

    private static boolean contains(byte[] all, byte[] part) {
        return new String(all, ISO_8859_1).contains(new String(part, ISO_8859_1));
    }

    /// A node's key opens the copies in the log for ever: a destroyed tenant's data stays readable to who has both.
    @Test
    @Tag("claim-K4")
    void destroyedTenantsKeys_areInTheLogAlone_andThereAsTheyWereEncrypted() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var _ = enrolled(nodeKey);
            var issuer = new StateIssuer(records, documents, keyring, clock, Duration.ofDays(1));
            var issued =
                    issuer.current(records.state(), NODE, 0).content().tenants().getFirst();
            var sealed = issued.keys().getFirst();
            var plain = opened(nodeKey, sealed).orElseThrow();
            assertThat(store.range(KeyRange.under("/")).entries())
                    .anyMatch(entry -> has(entry, sealed)); // what looks for it finds it before
            tenants.change(new PoolAddress(ACME, new PoolId("web")), want -> want.with(new Counts(0, 0, 0)));
            tenants.destroy(ACME, false);
            assertThat(issuer.current(records.state(), NODE, 1).content().tenants())
                    .isEmpty();
            assertThat(store.range(FleetKeys.KEYS).entries()).isEmpty();
            assertThat(store.range(FleetKeys.SEALED).entries()).isEmpty();
            assertThat(store.range(KeyRange.under("/")).entries()).noneMatch(entry -> has(entry, sealed));
            // the envelopes of these documents stand for what was signed
            var logged = documents.content(records.log().state(0)).tenants().getFirst();
            assertThat(opened(nodeKey, logged.keys().getFirst())).contains(plain);
        }
    }

    private static boolean has(Entry entry, SealedKey key) {
        var base64 = Base64.getEncoder().encode(key.sealed().array());
        var value = entry.value().toByteArray();
        return contains(value, base64) || contains(value, key.sealed().array());
    }

    @Test
    void status_saysWhichNodesHaveWhichVersion() throws Exception {
        try (var nodeKey = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            var half = enrolled(nodeKey);
            var _ = keys();
            var _ = keyring.rotate(ACME, DISK);
            var service = new KeyService(records, keyring);
            assertThat(new NodeDocumentService(keyring.nodeKeys())
                            .added(NODE, Node.getDefaultInstance())
                            .getNodeKey())
                    .isEqualTo(half.fingerprint());
            var key = service.list(Admitted.holderOfTheToken("token"), ListKeysRequest.getDefaultInstance())
                    .getKeys(0);
            assertThat(key.getVersion()).isEqualTo(2);
            assertThat(key.getMinVersion()).isEqualTo(1);
            assertThat(key.getVersions(0).getNodesList()).containsExactly("edge-1");
            assertThat(key.getVersions(1).getNodesList()).isEmpty();
            assertThat(service.list(
                                    Admitted.holderOfTheToken("token"),
                                    ListKeysRequest.newBuilder()
                                            .setTenant("rival")
                                            .build())
                            .getKeysCount())
                    .isZero();
        }
    }
}
