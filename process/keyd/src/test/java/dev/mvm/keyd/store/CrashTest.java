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
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.keyd.store.StoreException.Reason;
import dev.mvm.model.Bytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The process ends before each change of a file or an epoch in turn, and the store is opened again: no key that
/// lives is lost, what was decided is finished, and what was ended opens no longer.
@SuppressWarnings("MustBeClosedChecker") // what a refused call would have opened, and what the directory goes with
final class CrashTest {
    @TempDir
    private Path folder;

    private StoreFixture fixture(String name) throws Exception {
        return new StoreFixture(Files.createDirectory(folder.resolve(name)));
    }

    /// Something that is done with a store.
    private interface Action {
        void on(KeyStore store) throws Exception;
    }

    /// A store with two tenants' keys, some of them rotated.
    private StoreFixture filled() throws Exception {
        var fixture = fixture("filled").made();
        try (var store = fixture.open()) {
            store.apply(grant(DEMO, 1, disk(1), snap(1)));
            store.apply(grant(RIVAL, 1, disk(1)));
            var _ = store.rotate(DEMO, DISK);
            var _ = store.rotate(RIVAL, DISK);
        }
        fixture.clock.pass(4000);
        return fixture;
    }

    private StoreFixture copied(StoreFixture from, String name) throws Exception {
        var to = fixture(name);
        StoreFixture.copy(from.store, to.store);
        Files.setPosixFilePermissions(to.store, PosixFilePermissions.fromString("rwx------"));
        StoreFixture.copy(from.masters, to.masters);
        to.clock.pass(4000);
        return to;
    }

    /// Works on a store until `steps` ends it.
    ///
    /// @return whether it came to the end
    @SuppressWarnings("MustBeClosedChecker") // a process that is gone closes nothing
    private static boolean until(Steps steps, StoreFixture fixture, Action action) throws Exception {
        try (var files = StoreDirectory.open(fixture.store)) {
            var master = new HeldMasterKey(steps.of(new EpochFiles(fixture.masters)), new KeyCipher());
            try {
                var store = new KeyStore(() -> {}, StoreRecords.read(steps.of(files)), master, fixture.clock);
                action.on(store);
                return true;
            } catch (Steps.Gone _) {
                return false;
            } finally {
                master.close();
            }
        }
    }

    /// @param living what is lent before and after
    private void everyStep(Set<String> living, Set<String> ended, Action action) throws Exception {
        var base = filled();
        Map<String, Bytes> before;
        try (var store = base.open()) {
            before = all(store);
        }
        boolean done = false;
        int steps = 0;
        while (!done) {
            var fixture = copied(base, "after-" + steps);
            done = until(new Steps(steps), fixture, action);
            // once more, and that is cut short as well
            var _ = until(new Steps(steps / 2), fixture, _ -> {});
            try (var store = fixture.open()) {
                assertThat(store.status().pending()).as("after %s", steps).isEmpty();
                assertLiving(before, all(store), living);
                action.on(store); // its document comes again
                var after = all(store);
                assertLiving(before, after, living);
                assertThat(after.keySet()).as("after %s", steps).noneMatch(ended::contains);
                assertThat(StoreFixture.files(fixture.masters)).hasSize(1);
                assertThat(Files.readString(fixture.store.resolve("head"))).contains("\"next\":0");
            }
            steps++;
        }
        assertThat(steps).as("the search for steps found some").isGreaterThan(2);
    }

    private static void assertLiving(Map<String, Bytes> before, Map<String, Bytes> after, Set<String> living) {
        for (var place : living) {
            assertThat(after).containsEntry(place, before.get(place));
        }
    }

    private static String name(dev.mvm.crypto.tenantkeys.KeyPlace place) {
        return place.toString();
    }

    private static final String SNAP_1 = "tenant demo, key snap, version 1";

    @Test
    void revocation() throws Exception {
        everyStep(
                Set.of(name(disk(DEMO, 2)), SNAP_1, name(disk(RIVAL, 1)), name(disk(RIVAL, 2))),
                Set.of(name(disk(DEMO, 1))),
                store -> store.apply(grant(DEMO, 2, disk(2), snap(1))));
    }

    @Test
    void revocationOfEveryVersion() throws Exception {
        everyStep(Set.of(SNAP_1, name(disk(RIVAL, 1))), Set.of(name(disk(DEMO, 1)), name(disk(DEMO, 2))), store -> {
            store.apply(grant(DEMO, 2, disk(3), snap(1)));
            assertThat(store.list().getFirst().primary()).isGreaterThanOrEqualTo(3);
        });
    }

    @Test
    void keyLeftOut() throws Exception {
        everyStep(
                Set.of(SNAP_1, name(disk(RIVAL, 2))),
                Set.of(name(disk(DEMO, 1)), name(disk(DEMO, 2))),
                store -> store.apply(grant(DEMO, 2, snap(1))));
    }

    @Test
    void tombstone() throws Exception {
        everyStep(
                Set.of(name(disk(RIVAL, 1)), name(disk(RIVAL, 2))),
                Set.of(name(disk(DEMO, 1)), name(disk(DEMO, 2)), SNAP_1),
                store -> store.tombstone(DEMO));
    }

    @Test
    void rewrapping() throws Exception {
        everyStep(
                Set.of(name(disk(DEMO, 1)), name(disk(DEMO, 2)), SNAP_1, name(disk(RIVAL, 1)), name(disk(RIVAL, 2))),
                Set.of(),
                KeyStore::rewrap);
    }

    @Test
    void twoDestructionsInOne() throws Exception {
        everyStep(Set.of(name(disk(RIVAL, 2))), Set.of(name(disk(DEMO, 1)), name(disk(RIVAL, 1)), SNAP_1), store -> {
            store.tombstone(DEMO);
            store.apply(grant(RIVAL, 2, disk(2)));
        });
    }

    @Test
    void newGrant() throws Exception {
        everyStep(Set.of(name(disk(DEMO, 1)), name(disk(RIVAL, 2)), SNAP_1), Set.of(), store -> {
            store.apply(grant(new dev.mvm.model.TenantId("third"), 1, disk(1), snap(1)));
            assertThat(store.list()).hasSize(5);
        });
    }

    /// A rotation may be lost with the process, and its number with it; no number is used twice.
    @Test
    void rotation() throws Exception {
        var base = filled();
        boolean done = false;
        for (int steps = 0; !done; steps++) {
            var fixture = copied(base, "after-" + steps);
            done = until(new Steps(steps), fixture, store -> {
                var _ = store.rotate(DEMO, DISK);
            });
            try (var store = fixture.open()) {
                int newest = store.list().getFirst().primary();
                assertThat(newest).isEqualTo(done ? 3 : 2);
                fixture.clock.pass(4000);
                assertThat(store.rotate(DEMO, DISK)).isEqualTo(steps == 0 ? 3 : 4);
            }
        }
    }

    /// A store that was not begun is no store, and one that was is one.
    @Test
    void firstEpoch() throws Exception {
        var fixture = fixture("new");
        StoreDirectory.make(fixture.store);
        refused(Reason.STORE_PLACE, () -> fixture.open().close());
        try (var files = StoreDirectory.open(fixture.store)) {
            StoreRecords.read(files).put(HeadRecord.FIRST);
        }
        try (var store = fixture.open()) {
            store.apply(grant(DEMO, 1, disk(1)));
            assertThat(store.status().epoch()).isEqualTo(1);
            assertThat(all(store)).hasSize(1);
        }
    }

    @Test
    void masterKeyThatDoesNotAnswer_delaysAndLosesNothing() throws Exception {
        var fixture = filled();
        try (var store = KeyStores.open(fixture.store, Steps.unreachable(fixture.master()), fixture.clock)) {
            assertThat(store.list()).hasSize(3);
            assertThat(store.status().pending()).contains("does not answer");
            refused(Reason.MASTER_UNREACHABLE, () -> lent(store, disk(DEMO, 1)));
            refused(Reason.MASTER_UNREACHABLE, () -> store.rotate(RIVAL, DISK));
            refused(Reason.MASTER_UNREACHABLE, () -> store.tombstone(DEMO));
            refused(Reason.KEY_UNKNOWN, () -> lent(store, disk(DEMO, 1)));
        }
        try (var store = fixture.open()) {
            assertThat(store.status().pending()).isEmpty();
            assertThat(all(store).keySet()).containsExactly(name(disk(RIVAL, 1)), name(disk(RIVAL, 2)));
            assertThat(store.status().epoch()).isEqualTo(2);
        }
    }
}
