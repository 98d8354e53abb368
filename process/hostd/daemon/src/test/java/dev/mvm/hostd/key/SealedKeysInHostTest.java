package dev.mvm.hostd.key;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.tenantkeys.HpkeSealer;
import dev.mvm.crypto.tenantkeys.KeyCheck;
import dev.mvm.crypto.tenantkeys.NodePublicKey;
import dev.mvm.hostd.host.FakeMachines;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.SealedKey;
import dev.mvm.protocol.trust.Verified;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A whole host that is handed states with keys, most of them encrypted for something else.
final class SealedKeysInHostTest {
    private static final KeyName DISK = new KeyName("disk");
    private static final KeyName SNAP = new KeyName("snap");

    private final HostFixture fixture = new HostFixture();
    private final Verified<Grant> grant = fixture.ceremony.verified(Ceremony.grant(
            Ceremony.DEMO, 0, new Grant.Key(DISK, KeyPurpose.VOLUME, 2), new Grant.Key(SNAP, KeyPurpose.SNAPSHOT, 1)));
    private final Hpke hpke = new Hpke(new Libcrypto());
    private final HpkeSealer sealer = HpkeSealer.find();
    private final List<SecretMemory> made = new ArrayList<>();
    private NodePublicKey receiver = newNodeKey();

    SealedKeysInHostTest() throws Exception {}

    @SuppressWarnings("MustBeClosedChecker") // closed after the test
    private NodePublicKey newNodeKey() {
        try {
            var key = SecretMemory.allocate(Hpke.KEY_SIZE);
            made.add(key);
            hpke.generate(key);
            fixture.nodeKey = Optional.of(key);
            return new NodePublicKey(Bytes.of(hpke.publicKey(key)));
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void grantIsThere() {
        fixture.start();
        fixture.done(new HostOperation.InstallGrant(grant.envelope()));
    }

    @AfterEach
    void wipe() {
        made.forEach(SecretMemory::close);
    }

    private static byte[] secret(int fill) {
        var out = new byte[SealedKey.KEY_SIZE];
        Arrays.fill(out, (byte) fill);
        return out;
    }

    private SealedKey sealed(byte[] aad, KeyName id, KeyPurpose purpose, int version, int fill) {
        try {
            var blob = sealer.seal(receiver, SealedKey.info(), aad, secret(fill));
            return new SealedKey(id, purpose, version, blob.enc(), blob.sealed());
        } catch (dev.mvm.crypto.tenantkeys.KeyException e) {
            throw new AssertionError(e);
        }
    }

    private SealedKey disk(int version, int fill) {
        var aad = SealedKey.aad(Ceremony.NODE, Ceremony.DEMO, DISK, KeyPurpose.VOLUME, version);
        return sealed(aad, DISK, KeyPurpose.VOLUME, version, fill);
    }

    private SealedKey snap(int fill) {
        var aad = SealedKey.aad(Ceremony.NODE, Ceremony.DEMO, SNAP, KeyPurpose.SNAPSHOT, 1);
        return sealed(aad, SNAP, KeyPurpose.SNAPSHOT, 1, fill);
    }

    private NodeState state(SealedKey... keys) {
        long sequence = fixture.trust.floor().sequence() + 1;
        Optional<Digest> previous = fixture.trust.floor().digest();
        return Ceremony.withKeys(Ceremony.state(grant, new Counts(1, 0, 0)), sequence, previous, keys);
    }

    private HostReply install(SealedKey... keys) {
        return fixture.perform(fixture.install(fixture.ceremony.signed(state(keys))));
    }

    private void taken(SealedKey... keys) {
        assertThat(install(keys)).isEqualTo(new HostReply.Done());
    }

    /// The key that the state in force has under this name, if it is open.
    private Optional<byte[]> key(KeyName id) {
        return lent(id, bytes -> bytes.toArray(JAVA_BYTE));
    }

    private <T> Optional<T> lent(KeyName id, KeySource.Work<T> work) {
        var named = fixture.trust.installed().stream()
                .flatMap(state -> state.tenant(Ceremony.DEMO).orElseThrow().keys().stream())
                .filter(key -> key.id().equals(id))
                .findFirst();
        try {
            return named.isEmpty() ? Optional.empty() : fixture.keys.lend(Ceremony.DEMO, named.get(), work);
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Refused for this reason, and nothing has changed: no file, no state, no key.
    private void refused(DocumentReason reason, SealedKey... keys) {
        var files = new TreeMap<>(fixture.trustFiles.content);
        var installed = fixture.trust.installed();
        var replaced = Set.copyOf(fixture.replacedFiles.content.keySet());
        var before = key(DISK);
        assertThat(install(keys)).isEqualTo(new HostReply.Refused(new Label(reason.code())));
        assertThat(fixture.trustFiles.content.keySet()).isEqualTo(files.keySet());
        files.forEach((name, content) ->
                assertThat(fixture.trustFiles.content.get(name)).isEqualTo(content));
        assertThat(fixture.replacedFiles.content.keySet()).isEqualTo(replaced);
        assertThat(fixture.trust.installed()).isEqualTo(installed);
        assertThat(key(DISK).map(Bytes::of)).isEqualTo(before.map(Bytes::of));
    }

    @Test
    void keysOfTheState_areOpenAndNoOthers() throws Exception {
        var disk = disk(2, 7);
        taken(disk, snap(8));
        assertThat(key(DISK)).contains(secret(7));
        assertThat(key(SNAP)).contains(secret(8));
        assertThat(fixture.keys.lend(new TenantId("rival"), disk, _ -> true)).isEmpty();
        taken(snap(8));
        assertThat(fixture.keys.lend(Ceremony.DEMO, disk, _ -> true)).isEmpty();
        assertThat(key(DISK)).isEmpty();
        assertThat(key(SNAP)).contains(secret(8));
    }

    @Test
    @Tag("claim-K2")
    void keySealedForAnythingElse_isRefused() {
        taken(disk(2, 7));
        for (var aad : List.of(
                SealedKey.aad(new NodeId("n-2"), Ceremony.DEMO, DISK, KeyPurpose.VOLUME, 3),
                SealedKey.aad(Ceremony.NODE, new TenantId("rival"), DISK, KeyPurpose.VOLUME, 3),
                SealedKey.aad(Ceremony.NODE, Ceremony.DEMO, SNAP, KeyPurpose.VOLUME, 3),
                SealedKey.aad(Ceremony.NODE, Ceremony.DEMO, DISK, KeyPurpose.SNAPSHOT, 3),
                SealedKey.aad(Ceremony.NODE, Ceremony.DEMO, DISK, KeyPurpose.VOLUME, 2),
                SealedKey.aad(Ceremony.NODE, Ceremony.DEMO, DISK, KeyPurpose.VOLUME, 4),
                new byte[0])) {
            refused(DocumentReason.KEY_NOT_OPENED, sealed(aad, DISK, KeyPurpose.VOLUME, 3, 9));
            refused(DocumentReason.KEY_NOT_OPENED, snap(8), sealed(aad, DISK, KeyPurpose.VOLUME, 3, 9));
        }
    }

    @Test
    @Tag("claim-K2")
    void keySealedToAnotherNodesKey_isRefused() {
        taken(disk(2, 7));
        var mine = fixture.nodeKey;
        receiver = newNodeKey();
        fixture.nodeKey = mine;
        refused(DocumentReason.KEY_NOT_OPENED, disk(3, 9));
    }

    @Test
    @Tag("claim-K2")
    void oneFlippedBit_isRefused() {
        var good = disk(3, 9);
        for (int at = 0; at < 80; at += 7) {
            var enc = good.enc().array();
            var sealed = good.sealed().array();
            (at < 32 ? enc : sealed)[at < 32 ? at : at - 32] ^= (byte) (1 << at % 8);
            refused(
                    DocumentReason.KEY_NOT_OPENED,
                    new SealedKey(DISK, KeyPurpose.VOLUME, 3, Bytes.of(enc), Bytes.of(sealed)));
        }
        taken(good);
    }

    @Test
    @Tag("claim-K2")
    void revokedUngrantedOrOlderKey_isRefusedBeforeItIsOpened() {
        refused(DocumentReason.KEY_REVOKED, disk(1, 9));
        var other = new KeyName("other");
        var aad = SealedKey.aad(Ceremony.NODE, Ceremony.DEMO, other, KeyPurpose.VOLUME, 1);
        refused(DocumentReason.BEYOND_GRANT_KEY, sealed(aad, other, KeyPurpose.VOLUME, 1, 9));
        taken(disk(5, 7));
        taken();
        refused(DocumentReason.KEY_SUPERSEDED, disk(4, 9));
        assertThat(fixture.log.getLast()).contains("demo, key disk: version 4 after 5");
        taken(disk(6, 9));
    }

    @Test
    void nodeWithoutAKey_refusesKeysAndSaysWhatToDo() {
        fixture.nodeKey = Optional.empty();
        fixture.start();
        refused(DocumentReason.NO_NODE_KEY, disk(2, 7));
        assertThat(fixture.log.getLast()).contains("mvm-hostd make-node-key");
        taken();
    }

    @Test
    @Tag("claim-K3")
    void keyThatIsNotInForceAnyMore_isWiped() {
        taken(disk(2, 7));
        var lent = new ArrayList<MemorySegment>();
        assertThat(lent(DISK, lent::add)).contains(true);
        taken();
        assertThatThrownBy(() -> lent.getFirst().get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void sameKeySealedAnew_takesTheOldOnesPlace() {
        taken(disk(2, 7));
        taken(disk(2, 7));
        assertThat(key(DISK)).contains(secret(7));
    }

    @Test
    @Tag("claim-K3")
    void restart_opensTheStoredStatesKeysAgain() {
        taken(disk(2, 7), snap(8));
        fixture.start();
        assertThat(key(DISK)).contains(secret(7));
        assertThat(key(SNAP)).contains(secret(8));
        for (Map.Entry<String, byte[]> file : fixture.trustFiles.content.entrySet()) {
            assertThat(contains(file.getValue(), secret(7))).as(file.getKey()).isFalse();
        }
    }

    private static boolean contains(byte[] all, byte[] part) {
        for (int i = 0; i + part.length <= all.length; i++) {
            if (Arrays.equals(all, i, i + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    /// The floor is on disk, the state is not: the version that was about to be taken is the least from then on.
    @Test
    @Tag("claim-K2")
    void crashBetweenFloorAndState_neverTakesAKeyBack() {
        taken(disk(2, 7));
        var before = state(disk(3, 8));
        var operation = fixture.install(fixture.ceremony.signed(before));
        fixture.trustFiles.crashAfter(1);
        assertThatThrownBy(() -> fixture.perform(operation)).isInstanceOf(FakeMachines.Crash.class);
        fixture.trustFiles.crashAfter(Integer.MAX_VALUE);
        fixture.start();
        assertThat(fixture.trust.floor().sequence()).isEqualTo(2);
        assertThat(key(DISK)).isEmpty();
        refused(DocumentReason.KEY_SUPERSEDED, disk(2, 7));
        assertThat(fixture.perform(operation)).isEqualTo(new HostReply.Done());
        assertThat(key(DISK)).contains(secret(8));
    }

    /// A coordinator whose store was put back, or that was taken over, makes the version once more.
    @Test
    @Tag("claim-K2")
    void anotherKeyUnderTheVersionThatWasTaken_isRefused_andTheFirstStaysOpen() {
        taken(disk(2, 7), snap(8));
        refused(DocumentReason.KEY_EQUIVOCATION, disk(2, 9), snap(8));
        refused(DocumentReason.KEY_EQUIVOCATION, snap(8), disk(2, 9));
        assertThat(fixture.log.getLast()).contains("tenant demo, key disk, version 2");
        assertThat(fixture.audit.refusals()).containsKey("key_equivocation");
        assertThat(key(DISK)).contains(secret(7));
        assertThat(key(SNAP)).contains(secret(8));
        refused(DocumentReason.KEY_EQUIVOCATION, disk(3, 9), snap(9)); // beside one that is to be replaced
        taken(disk(2, 7), snap(8));
        taken(disk(3, 9), snap(8));
        assertThat(key(DISK)).contains(secret(9));
        refused(DocumentReason.KEY_EQUIVOCATION, disk(3, 7));
    }

    @Test
    @Tag("claim-K2")
    void anotherKeyUnderTheSameVersion_isRefusedAfterARestart_andAfterAStateWithoutTheKey() {
        taken(disk(2, 7));
        fixture.start();
        refused(DocumentReason.KEY_EQUIVOCATION, disk(2, 9));
        taken();
        refused(DocumentReason.KEY_EQUIVOCATION, disk(2, 9));
        fixture.start();
        refused(DocumentReason.KEY_EQUIVOCATION, disk(2, 9));
        taken(disk(2, 7));
        assertThat(key(DISK)).contains(secret(7));
    }

    private static SealedKey with(SealedKey key, Bytes check) {
        return new SealedKey(key.id(), key.purpose(), key.version(), key.enc(), key.sealed(), Optional.of(check));
    }

    @Test
    @Tag("claim-K2")
    void keyWithAnothersCheckValue_isRefused() {
        var right = KeyCheck.of(secret(7));
        refused(DocumentReason.KEY_DIFFERS, with(disk(2, 7), KeyCheck.of(secret(9))));
        taken(with(disk(2, 7), right));
        assertThat(key(DISK)).contains(secret(7));
        refused(DocumentReason.KEY_DIFFERS, with(disk(2, 9), right));
        refused(DocumentReason.KEY_EQUIVOCATION, with(disk(2, 9), KeyCheck.of(secret(9))));
    }

    /// hostd of an earlier version has kept no check values: the first start learns those of the state in force.
    @Test
    @Tag("claim-K2")
    void floorWithoutCheckValues_learnsThemAtTheFirstStart() {
        taken(disk(2, 7), snap(8));
        var floor = new String(fixture.trustFiles.content.get("floor.json"), UTF_8);
        var older = floor.replaceAll(",\"check\":\"[^\"]*\"", "");
        assertThat(older).isNotEqualTo(floor);
        fixture.trustFiles.content.put("floor.json", older.getBytes(UTF_8));
        fixture.start();
        assertThat(new String(fixture.trustFiles.content.get("floor.json"), UTF_8))
                .isEqualTo(floor);
        refused(DocumentReason.KEY_EQUIVOCATION, disk(2, 9), snap(8));
        taken(disk(3, 9), snap(8));
    }
}
