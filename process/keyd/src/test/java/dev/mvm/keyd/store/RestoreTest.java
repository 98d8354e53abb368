package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreFixture.DEMO;
import static dev.mvm.keyd.store.StoreFixture.DISK;
import static dev.mvm.keyd.store.StoreFixture.HOME;
import static dev.mvm.keyd.store.StoreFixture.RIVAL;
import static dev.mvm.keyd.store.StoreFixture.SNAP;
import static dev.mvm.keyd.store.StoreFixture.all;
import static dev.mvm.keyd.store.StoreFixture.disk;
import static dev.mvm.keyd.store.StoreFixture.grant;
import static dev.mvm.keyd.store.StoreFixture.lent;
import static dev.mvm.keyd.store.StoreFixture.refused;
import static dev.mvm.keyd.store.StoreFixture.snap;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.keyd.store.StoreException.Reason;
import dev.mvm.keyd.store.StoreStatus.State;
import dev.mvm.model.Bytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Stores that are copies of others: restored ones, old ones, standbys.
@SuppressWarnings("MustBeClosedChecker") // what a refused call would have opened, and what the directory goes with
final class RestoreTest {
    @TempDir
    private Path folder;

    private StoreFixture fixture() throws Exception {
        return new StoreFixture(folder).made();
    }

    private Path place(String name) {
        return folder.resolve(name);
    }

    @MustBeClosed
    private KeyStore restored(StoreFixture fixture, String name, byte[] copy) throws Exception {
        KeyStores.restore(place(name), fixture.master(), copy, fixture.clock);
        return KeyStores.open(place(name), fixture.master(), fixture.clock);
    }

    private static void fill(KeyStore store) throws Exception {
        store.apply(grant(DEMO, 3, disk(1), snap(1)));
        store.apply(grant(RIVAL, 1, disk(1)));
    }

    private static TenantKeyVersion seen(dev.mvm.model.TenantId tenant, int version, Bytes check) {
        return new TenantKeyVersion(tenant, DISK, version, check);
    }

    private static Bytes check(KeyStore store) {
        return store.list().getFirst().versions().getLast().check();
    }

    @Test
    void restoredStore_isHeldUntilEveryGrantHasComeAndOperatorsSaySo() throws Exception {
        var fixture = fixture();
        byte[] copy;
        Map<String, Bytes> before;
        try (var store = fixture.open()) {
            fill(store);
            copy = store.copy();
            before = all(store);
        }
        try (var store = restored(fixture, "restored", copy)) {
            assertThat(store.status().state()).isEqualTo(State.HELD);
            refused(Reason.HELD, () -> lent(store, disk(DEMO, 1)));
            refused(Reason.HELD, () -> store.rotate(DEMO, DISK));
            refused(Reason.HELD, store::rewrap);
            refused(Reason.HELD, () -> store.observe(List.of()));
            refused(Reason.GRANT_AWAITED, store::resume);
            refused(Reason.GRANT_SUPERSEDED, () -> store.apply(grant(DEMO, 2, disk(1))));
            store.apply(grant(DEMO, 3, disk(1), snap(1)));
            refused(Reason.GRANT_AWAITED, store::resume);
            store.apply(grant(RIVAL, 1, disk(1)));
            refused(Reason.HELD, () -> lent(store, disk(DEMO, 1)));
            store.resume();
            assertThat(store.status().state()).isEqualTo(State.SERVING);
            assertThat(all(store)).isEqualTo(before);
            store.resume();
        }
    }

    @Test
    void heldStore_staysHeldAfterARestart() throws Exception {
        var fixture = fixture();
        byte[] copy;
        try (var store = fixture.open()) {
            fill(store);
            copy = store.copy();
        }
        try (var store = restored(fixture, "restored", copy)) {
            store.apply(grant(DEMO, 4, disk(1)));
        }
        try (var store = KeyStores.open(place("restored"), fixture.master(), fixture.clock)) {
            assertThat(store.status().reason()).isEqualTo("held");
            store.tombstone(RIVAL);
            store.resume();
            assertThat(all(store)).containsOnlyKeys(disk(DEMO, 1).toString());
            refused(Reason.TENANT_DESTROYED, () -> store.apply(grant(RIVAL, 9, disk(1))));
        }
    }

    /// Two restores of one copy make versions, and none has a number that another has had.
    @Test
    void numbers_areNotUsedAgainAfterARestore() throws Exception {
        var fixture = fixture();
        byte[] copy;
        int lost;
        try (var store = fixture.open()) {
            fill(store);
            copy = store.copy();
            lost = store.rotate(DEMO, DISK);
        }
        fixture.clock.pass(5);
        int first;
        try (var store = restored(fixture, "first", copy)) {
            fill(store);
            store.resume();
            first = store.rotate(DEMO, DISK);
            store.apply(grant(new dev.mvm.model.TenantId("third"), 1, disk(1)));
            assertThat(store.list().getLast().primary()).isGreaterThan(lost);
        }
        fixture.clock.pass(5);
        try (var store = restored(fixture, "second", copy)) {
            fill(store);
            store.resume();
            int second = store.rotate(DEMO, DISK);
            assertThat(List.of(lost, first, second)).doesNotHaveDuplicates().isSorted();
            fixture.clock.pass(4000);
            assertThat(store.rotate(DEMO, DISK)).isEqualTo(second + 1);
        }
    }

    @Test
    void clockBefore2026_stillBeginsANewGeneration() throws Exception {
        var fixture = fixture();
        fixture.clock.wall = 5;
        byte[] copy;
        try (var store = fixture.open()) {
            fill(store);
            copy = store.copy();
        }
        try (var store = restored(fixture, "restored", copy)) {
            assertThat(store.status().generation()).isEqualTo(1);
            fill(store);
            store.resume();
            assertThat(store.status().generation()).isEqualTo(2);
        }
    }

    @Test
    void copyWithoutItsMasterKey_isNotRestored() throws Exception {
        var fixture = fixture();
        byte[] copy;
        try (var store = fixture.open()) {
            fill(store);
            copy = store.copy();
        }
        var other = new StoreFixture(Files.createDirectory(place("other"))).made();
        refused(Reason.NO_MASTER_KEY, () -> KeyStores.restore(place("a"), other.master(), copy, fixture.clock));
        refused(Reason.STORE_PLACE, () -> KeyStores.restore(fixture.store, fixture.master(), copy, fixture.clock));
        for (var bad : List.of(new byte[0], "{}".getBytes(java.nio.charset.StandardCharsets.US_ASCII))) {
            refused(Reason.STORE_DAMAGED, () -> KeyStores.restore(place("b"), fixture.master(), bad, fixture.clock));
        }
        assertThat(place("a")).doesNotExist();
    }

    /// A restore that was cut short leaves no store.
    @Test
    void halfARestore_isNoStore() throws Exception {
        var fixture = fixture();
        byte[] copy;
        try (var store = fixture.open()) {
            fill(store);
            copy = store.copy();
        }
        restored(fixture, "restored", copy).close();
        Files.delete(place("restored").resolve("head"));
        refused(
                Reason.STORE_PLACE,
                () -> KeyStores.open(place("restored"), fixture.master(), fixture.clock)
                        .close());
    }

    @Test
    void nodeWithALaterVersion_stopsTheStore() throws Exception {
        var fixture = fixture();
        try (var store = fixture.open()) {
            fill(store);
            store.observe(List.of(seen(DEMO, 1, check(store))));
            refused(
                    Reason.STORE_BEHIND,
                    () -> store.observe(List.of(seen(DEMO, 1, check(store)), seen(DEMO, 2, check(store)))));
            assertThat(store.status().state()).isEqualTo(State.STOPPED);
            assertThat(store.status().reason()).isEqualTo("store_behind");
            refused(Reason.STORE_BEHIND, () -> lent(store, disk(DEMO, 1)));
            refused(Reason.STORE_BEHIND, () -> store.rotate(DEMO, DISK));
        }
        try (var store = fixture.open()) {
            refused(Reason.STORE_BEHIND, () -> lent(store, disk(DEMO, 1)));
            refused(Reason.GRANT_AWAITED, store::resume);
            fill(store);
            store.resume();
            // the past is known to be incomplete: what the node has is no news any longer, and numbers go on past it
            store.observe(List.of(seen(DEMO, 2, Bytes.of(new byte[16]))));
            assertThat(store.rotate(DEMO, DISK)).isGreaterThan(1000);
        }
    }

    @Test
    void keyThatIsNotKnown_stopsTheStore() throws Exception {
        try (var store = fixture().open()) {
            store.apply(grant(DEMO, 3, snap(1)));
            refused(Reason.STORE_BEHIND, () -> store.observe(List.of(seen(DEMO, 1, Bytes.of(new byte[16])))));
        }
    }

    @Test
    void anotherKeyUnderAVersion_stopsTheStore() throws Exception {
        try (var store = fixture().open()) {
            fill(store);
            refused(Reason.STORE_BEHIND, () -> store.observe(List.of(seen(DEMO, 1, Bytes.of(new byte[16])))));
        }
    }

    @Test
    void endedKeysAndTenants_areNoNews() throws Exception {
        try (var store = fixture().open()) {
            fill(store);
            var old = check(store);
            store.apply(grant(DEMO, 4, disk(2)));
            store.observe(List.of(seen(DEMO, 1, old), new TenantKeyVersion(DEMO, SNAP, 1, old)));
            store.tombstone(RIVAL);
            store.observe(List.of(seen(RIVAL, 7, old)));
            assertThat(store.status().state()).isEqualTo(State.SERVING);
        }
    }

    /// Files that were put back by hand, with the epoch that they are under.
    @Test
    void filesPutBack_areFoundByWhatNodesHave() throws Exception {
        var fixture = fixture();
        var old = place("old");
        Bytes check;
        try (var store = fixture.open()) {
            fill(store);
            StoreFixture.copy(fixture.store, old);
            var _ = store.rotate(DEMO, DISK);
            check = check(store);
        }
        for (var file : StoreFixture.files(old)) {
            Files.copy(
                    file,
                    fixture.store.resolve(old.relativize(file)),
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
        try (var store = fixture.open()) {
            assertThat(store.status().state()).isEqualTo(State.SERVING);
            refused(Reason.STORE_BEHIND, () -> store.observe(List.of(seen(DEMO, 2, check))));
        }
    }

    @Test
    void standby_onlyLends() throws Exception {
        var fixture = fixture();
        try (var store = fixture.open()) {
            fill(store);
            KeyStores.standby(place("standby"), fixture.master(), store.copy());
            try (var standby = KeyStores.open(place("standby"), fixture.master(), fixture.clock)) {
                assertThat(standby.status().standby()).isTrue();
                assertThat(all(standby)).isEqualTo(all(store));
                refused(Reason.STANDBY, () -> standby.rotate(DEMO, DISK));
                refused(Reason.STANDBY, standby::rewrap);
                standby.apply(grant(new dev.mvm.model.TenantId("third"), 1, disk(1)));
                assertThat(all(standby)).isEqualTo(all(store));
                // it destroys nothing, and lends nothing that operators ended
                standby.apply(grant(DEMO, 9, disk(5)));
                refused(Reason.KEY_UNKNOWN, () -> lent(standby, disk(DEMO, 1)));
                assertThat(standby.status().epoch()).isEqualTo(store.status().epoch());
                assertThat(all(store)).hasSize(3);
            }
        }
    }

    @Test
    void standby_takesLaterCopiesOnly() throws Exception {
        var fixture = fixture();
        try (var store = fixture.open()) {
            fill(store);
            var first = store.copy();
            KeyStores.standby(place("standby"), fixture.master(), first);
            try (var standby = KeyStores.open(place("standby"), fixture.master(), fixture.clock)) {
                var _ = store.rotate(DEMO, DISK);
                var second = store.copy();
                standby.take(second);
                assertThat(all(standby)).isEqualTo(all(store)).hasSize(4);
                refused(Reason.STORE_BEHIND, () -> standby.take(first));
                standby.take(second);
                standby.apply(grant(DEMO, 9, disk(2)));
                store.tombstone(RIVAL);
                standby.take(store.copy());
                // its own newer grant holds on
                assertThat(all(standby)).containsOnlyKeys(disk(DEMO, 2).toString());
                assertThat(standby.status().epoch()).isEqualTo(store.status().epoch());
                refused(Reason.STORE_PLACE, () -> store.take(second));
            }
        }
    }

    /// A standby with a master key of its own, a copy in files, keeps no epoch that the store destroyed.
    @Test
    void standby_destroysEpochsOfItsOwn() throws Exception {
        var fixture = fixture();
        var other = new StoreFixture(Files.createDirectory(place("other")));
        try (var store = fixture.open()) {
            fill(store);
            StoreFixture.copy(fixture.masters, other.masters);
            KeyStores.standby(other.store, other.master(), store.copy());
            store.tombstone(RIVAL);
            try (var standby = other.open()) {
                refused(Reason.NO_MASTER_KEY, () -> standby.take(store.copy()));
                assertThat(all(standby)).hasSize(3); // until operators bring the new epoch
                Files.copy(fixture.masters.resolve("epoch-2"), other.masters.resolve("epoch-2"));
                standby.take(store.copy());
                assertThat(all(standby)).isEqualTo(all(store)).hasSize(2);
                assertThat(StoreFixture.files(other.masters)).hasSize(1);
            }
        }
    }

    @Test
    void copyOfAStandby_isRestoredToAStore() throws Exception {
        var fixture = fixture();
        byte[] copy;
        try (var store = fixture.open()) {
            fill(store);
            KeyStores.standby(place("standby"), fixture.master(), store.copy());
        }
        try (var standby = KeyStores.open(place("standby"), fixture.master(), fixture.clock)) {
            copy = standby.copy();
        }
        try (var store = restored(fixture, "restored", copy)) {
            fill(store);
            store.resume();
            assertThat(store.status().standby()).isFalse();
            assertThat(store.rotate(DEMO, DISK)).isGreaterThan(1);
            assertThat(lent(store, disk(DEMO, 1), HOME).length()).isEqualTo(32);
        }
    }
}
