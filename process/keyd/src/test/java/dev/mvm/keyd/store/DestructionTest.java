package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreFixture.DEMO;
import static dev.mvm.keyd.store.StoreFixture.DISK;
import static dev.mvm.keyd.store.StoreFixture.RIVAL;
import static dev.mvm.keyd.store.StoreFixture.all;
import static dev.mvm.keyd.store.StoreFixture.disk;
import static dev.mvm.keyd.store.StoreFixture.grant;
import static dev.mvm.keyd.store.StoreFixture.lent;
import static dev.mvm.keyd.store.StoreFixture.refused;
import static dev.mvm.keyd.store.StoreFixture.snap;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.crypto.sign.SoftToken;
import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.crypto.tenantkeys.StandInTransit;
import dev.mvm.keyd.store.StoreException.Reason;
import dev.mvm.model.Bytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A thief of all files of the store, as they are and as they ever were, of every copy of it, and of the master key as
/// it is, opens nothing that operators ended.
@SuppressWarnings("MustBeClosedChecker") // what a refused call would have opened, and what the directory goes with
final class DestructionTest {
    private static final Pattern BOX = Pattern.compile("e[0-9]+:([A-Za-z0-9+/]{80})");

    @TempDir
    private Path folder;

    /// Every box in some bytes.
    private static List<byte[]> boxes(byte[] content) {
        return BOX.matcher(new String(content, US_ASCII))
                .results()
                .map(each -> Base64.getDecoder().decode(each.group(1)))
                .toList();
    }

    private static List<byte[]> boxes(Path folder) throws Exception {
        var out = new ArrayList<byte[]>();
        for (var file : StoreFixture.files(folder)) {
            out.addAll(boxes(Files.readAllBytes(file)));
        }
        return out;
    }

    /// Tries each box with each key in a directory and each place that there was.
    private static Set<Bytes> opened(List<byte[]> boxes, Path masters, List<KeyPlace> places) throws Exception {
        var out = new HashSet<Bytes>();
        for (var file : StoreFixture.files(masters)) {
            var content = Files.readAllBytes(file);
            for (var place : content.length == 32 ? places : List.<KeyPlace>of()) {
                for (var box : boxes) {
                    try {
                        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
                        cipher.init(
                                Cipher.DECRYPT_MODE,
                                new SecretKeySpec(content, "AES"),
                                new GCMParameterSpec(128, Arrays.copyOf(box, 12)));
                        cipher.updateAAD(place.context());
                        out.add(Bytes.of(cipher.doFinal(box, 12, box.length - 12)));
                    } catch (GeneralSecurityException _) { // does not open
                    }
                }
            }
        }
        return out;
    }

    private static List<KeyPlace> places(KeyStore store) {
        return store.list().stream()
                .flatMap(key -> key.versions().stream()
                        .map(each -> new KeyPlace(key.tenant(), key.id(), key.purpose(), each.number())))
                .toList();
    }

    private static KeyStore filled(KeyStore store) throws Exception {
        store.apply(grant(DEMO, 1, disk(1), snap(1)));
        store.apply(grant(RIVAL, 1, disk(1)));
        var _ = store.rotate(DEMO, DISK);
        return store;
    }

    private void destroyed(String how, StoreAction action, KeyPlace ended, KeyPlace living) throws Exception {
        var fixture = new StoreFixture(Files.createDirectory(folder.resolve(how))).made();
        var before = folder.resolve(how + "-before");
        var copies = new ArrayList<byte[]>();
        List<KeyPlace> places;
        try (var store = fixture.open()) {
            filled(store);
            copies.add(store.copy());
            store.rewrap();
            copies.add(store.copy());
            places = places(store);
            var kept = lent(store, living);
            StoreFixture.copy(fixture.store, before);

            var copied = boxes(copies.getLast());
            assertThat(opened(copied, fixture.masters, places))
                    .as("the search works")
                    .hasSize(4);
            assertThat(opened(boxes(copies.getFirst()), fixture.masters, places))
                    .isEmpty();
            var all = opened(boxes(before), fixture.masters, places);
            assertThat(all).hasSize(4);

            action.on(store);
            assertThat(lent(store, living)).isEqualTo(kept);
            refused(Reason.KEY_UNKNOWN, () -> lent(store, ended));
            assertThat(store.status().pending()).isEmpty();

            assertThat(opened(boxes(before), fixture.masters, places)).isEmpty();
            for (var copy : copies) {
                assertThat(opened(boxes(copy), fixture.masters, places)).isEmpty();
            }
            var left = opened(boxes(fixture.store), fixture.masters, places(store));
            assertThat(left).hasSize(places(store).size());
            assertThat(opened(boxes(fixture.store), fixture.masters, List.of(ended)))
                    .isEmpty();
            assertThat(StoreFixture.files(fixture.masters)).hasSize(1);
        }
    }

    /// An act of operators.
    private interface StoreAction {
        void on(KeyStore store) throws Exception;
    }

    @Test
    @Tag("claim-K10")
    void revokedVersion_opensFromNoCopy() throws Exception {
        destroyed("revoked", store -> store.apply(grant(DEMO, 2, disk(2), snap(1))), disk(DEMO, 1), disk(DEMO, 2));
    }

    @Test
    @Tag("claim-K10")
    void keyLeftOutOfAGrant_opensFromNoCopy() throws Exception {
        destroyed("left-out", store -> store.apply(grant(DEMO, 2, snap(1))), disk(DEMO, 2), disk(RIVAL, 1));
    }

    @Test
    @Tag("claim-K10")
    void destroyedTenant_opensFromNoCopy() throws Exception {
        destroyed("tombstone", store -> store.tombstone(DEMO), disk(DEMO, 1), disk(RIVAL, 1));
    }

    @Test
    @Tag("claim-K10")
    void copyFromBefore_isNotRestored() throws Exception {
        var fixture = new StoreFixture(folder).made();
        byte[] copy;
        try (var store = fixture.open()) {
            copy = filled(store).copy();
            store.tombstone(DEMO);
        }
        refused(
                Reason.NO_MASTER_KEY,
                () -> KeyStores.restore(folder.resolve("restored"), fixture.master(), copy, fixture.clock));
    }

    /// Operators make and destroy the epochs of credentials: until they have, the store says so and lends nothing
    /// that was ended.
    @Test
    @Tag("claim-K10")
    void credentials_areWaitedFor() throws Exception {
        var fixture = new StoreFixture(folder);
        var credentials = Files.createDirectory(folder.resolve("credentials"));
        credential(credentials, 1);
        KeyStores.init(fixture.store, master(credentials));
        var before = folder.resolve("before");
        List<KeyPlace> places;
        try (var store = KeyStores.open(fixture.store, master(credentials), fixture.clock)) {
            places = places(filled(store));
            StoreFixture.copy(fixture.store, before);
            store.tombstone(DEMO);
            refused(Reason.KEY_UNKNOWN, () -> lent(store, disk(DEMO, 1)));
            assertThat(store.status().pending()).contains("no epoch of the master key after 1");
            assertThat(all(store)).hasSize(1);
            refused(Reason.NO_MASTER_KEY, store::rewrap);
        }
        credential(credentials, 3); // a number may be left out
        try (var store = KeyStores.open(fixture.store, master(credentials), fixture.clock)) {
            assertThat(store.status().epoch()).isEqualTo(3);
            assertThat(store.status().pending()).contains("still has epoch 1");
            assertThat(opened(boxes(before), credentials, places)).hasSize(4);
        }
        Files.delete(credentials.resolve("mvm-keyd.epoch-1"));
        try (var store = KeyStores.open(fixture.store, master(credentials), fixture.clock)) {
            assertThat(store.status().pending()).isEmpty();
            assertThat(all(store)).hasSize(1);
            assertThat(opened(boxes(before), credentials, places)).isEmpty();
        }
    }

    private static void credential(Path credentials, int epoch) throws Exception {
        var key = new byte[32];
        new SecureRandom().nextBytes(key);
        Files.write(credentials.resolve("mvm-keyd.epoch-" + epoch), key);
    }

    private static MasterKey master(Path credentials) throws StoreException {
        return new HeldMasterKey(new EpochCredentials(credentials), new KeyCipher());
    }

    @Test
    @Tag("claim-K10")
    void transit_isWaitedFor() throws Exception {
        var fixture = new StoreFixture(folder);
        try (var transit = new StandInTransit()) {
            var setting = new MasterKeys.Setting(
                    fixture.store,
                    true,
                    false,
                    Map.of("VAULT_ADDR", transit.address(), "VAULT_TOKEN", StandInTransit.TOKEN));
            try (var master = MasterKeys.open("transit:fleet", setting)) {
                KeyStores.init(fixture.store, master);
            }
            try (var store = KeyStores.open(fixture.store, MasterKeys.open("transit:fleet", setting), fixture.clock)) {
                filled(store);
                var wrapped = Files.readString(fixture.store.resolve("key.demo.disk"))
                        .replaceAll(".*?\"wrapped\":\"([^\"]+)\".*", "$1");
                var kept = lent(store, disk(RIVAL, 1));
                store.tombstone(DEMO);
                assertThat(store.status().pending()).contains("operators have to make one");
                transit.rotate();
                store.rewrap();
                assertThat(store.status().pending()).contains("still has epoch 1");
                transit.trim(2);
                store.tombstone(DEMO);
                assertThat(store.status().pending()).isEmpty();
                assertThat(lent(store, disk(RIVAL, 1))).isEqualTo(kept);
                try (var master = MasterKeys.open("transit:fleet", setting)) {
                    refused(
                            Reason.MASTER_UNREACHABLE,
                            () -> master.open(disk(DEMO, 1), wrapped).close());
                }
            }
        }
    }

    @Test
    @Tag("claim-K10")
    void token_destroysItsOldKey() throws Exception {
        assumeTrue(Files.exists(SoftToken.MODULE), "SoftHSM is not installed: apt-get install softhsm2 opensc");
        var fixture = new StoreFixture(folder);
        var soft = SoftToken.in(Files.createDirectory(folder.resolve("hsm"))).token("fleet");
        var reference = soft.reference("token=fleet;object=keys");
        var setting = new MasterKeys.Setting(fixture.store, true, false, Map.of());
        try (var master = MasterKeys.open(reference, setting)) { // or the module would keep this directory's tokens
            KeyStores.init(fixture.store, master);
        }
        try (var store = KeyStores.open(fixture.store, MasterKeys.open(reference, setting), fixture.clock)) {
            filled(store);
            var kept = lent(store, disk(RIVAL, 1));
            var copy = store.copy();
            store.tombstone(DEMO);
            assertThat(store.status().pending()).isEmpty();
            assertThat(lent(store, disk(RIVAL, 1))).isEqualTo(kept);
            try (var master = MasterKeys.open(reference, setting)) {
                assertThat(master.epochs()).containsExactly(store.status().epoch());
                for (var place : List.of(disk(DEMO, 1), disk(DEMO, 2), disk(RIVAL, 1))) {
                    for (var box : boxes(copy)) {
                        refused(
                                Reason.NO_MASTER_KEY,
                                () -> master.open(place, new WrappedKey(1, box).text())
                                        .close());
                    }
                }
            }
        }
    }

    @Test
    @Tag("claim-K10")
    void rewrapping_keepsEveryKey() throws Exception {
        var fixture = new StoreFixture(folder).made();
        try (var store = fixture.open()) {
            var before = all(filled(store));
            store.rewrap();
            store.rewrap();
            assertThat(all(store)).isEqualTo(before);
            assertThat(store.status().epoch()).isEqualTo(3);
            assertThat(StoreFixture.files(fixture.masters)).hasSize(1);
        }
    }
}
