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

import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.keyd.store.StoreException.Reason;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("MustBeClosedChecker") // what a refused call would have opened, and what the directory goes with
final class KeyStoreTest {
    @TempDir
    private Path folder;

    private StoreFixture fixture() throws Exception {
        return new StoreFixture(folder).made();
    }

    private static int newest(KeyStore store) {
        return store.list().getFirst().primary();
    }

    @Test
    void grantedKey_isMadeOnceAndStaysTheSame() throws Exception {
        var fixture = fixture();
        java.util.Map<String, dev.mvm.model.Bytes> before;
        try (var store = fixture.open()) {
            store.apply(grant(DEMO, 1, disk(1), snap(7)));
            before = all(store);
            assertThat(before).hasSize(2).containsKeys(disk(DEMO, 1).toString());
            assertThat(newest(store)).isEqualTo(1);
            assertThat(store.list().getLast().primary()).isEqualTo(7);
            store.apply(grant(DEMO, 1, disk(1), snap(7)));
            store.apply(grant(DEMO, 2, disk(1), snap(7)));
            assertThat(all(store)).isEqualTo(before);
        }
        try (var again = fixture.open()) {
            assertThat(all(again)).isEqualTo(before);
        }
    }

    @Test
    void keysOfTenantsHomesAndVersions_areAllDifferent() throws Exception {
        try (var store = fixture().open()) {
            store.apply(grant(DEMO, 1, disk(1), snap(1)));
            store.apply(grant(RIVAL, 1, disk(1)));
            var _ = store.rotate(DEMO, DISK);
            assertThat(all(store).values()).hasSize(4).doesNotHaveDuplicates();
            assertThat(lent(store, disk(DEMO, 1), new NodeId("edge-2"))).isNotEqualTo(lent(store, disk(DEMO, 1)));
        }
    }

    @Test
    void whatWasNotMade_isUnknown() throws Exception {
        try (var store = fixture().open()) {
            store.apply(grant(DEMO, 1, disk(1)));
            for (var place : List.of(
                    disk(DEMO, 2),
                    disk(RIVAL, 1),
                    new KeyPlace(DEMO, SNAP, KeyPurpose.SNAPSHOT, 1),
                    new KeyPlace(DEMO, DISK, KeyPurpose.SNAPSHOT, 1))) {
                refused(Reason.KEY_UNKNOWN, () -> lent(store, place));
            }
            refused(Reason.KEY_UNKNOWN, () -> store.rotate(DEMO, SNAP));
            refused(Reason.KEY_UNKNOWN, () -> store.rotate(RIVAL, DISK));
        }
    }

    @Test
    void olderGrantOrOtherPurpose_isRefusedWithoutEffect() throws Exception {
        try (var store = fixture().open()) {
            store.apply(grant(DEMO, 3, disk(1)));
            var before = all(store);
            refused(Reason.GRANT_SUPERSEDED, () -> store.apply(grant(DEMO, 2)));
            refused(
                    Reason.PURPOSE_DIFFERS,
                    () -> store.apply(
                            grant(DEMO, 4, new dev.mvm.protocol.trust.Grant.Key(DISK, KeyPurpose.SECRETS, 9))));
            assertThat(all(store)).isEqualTo(before);
        }
    }

    @Test
    void endedVersionsKeysAndTenants_areLentNoLonger() throws Exception {
        try (var store = fixture().open()) {
            store.apply(grant(DEMO, 1, disk(1), snap(1)));
            store.apply(grant(RIVAL, 1, disk(1)));
            var rivals = lent(store, disk(RIVAL, 1));
            store.apply(grant(DEMO, 2, disk(5), snap(1)));
            refused(Reason.KEY_UNKNOWN, () -> lent(store, disk(DEMO, 1)));
            assertThat(newest(store)).isEqualTo(5);
            store.apply(grant(DEMO, 3, snap(1)));
            refused(Reason.KEY_UNKNOWN, () -> lent(store, disk(DEMO, 5)));
            store.tombstone(DEMO);
            assertThat(all(store)).containsOnlyKeys(disk(RIVAL, 1).toString());
            assertThat(lent(store, disk(RIVAL, 1))).isEqualTo(rivals);
            refused(Reason.TENANT_DESTROYED, () -> store.apply(grant(DEMO, 9, disk(1))));
            store.tombstone(DEMO);
        }
    }

    @Test
    void keyThatComesBack_goesOnCounting() throws Exception {
        try (var store = fixture().open()) {
            store.apply(grant(DEMO, 1, disk(1)));
            var first = lent(store, disk(DEMO, 1));
            store.apply(grant(DEMO, 2));
            store.apply(grant(DEMO, 3, disk(1)));
            assertThat(newest(store)).isEqualTo(2);
            assertThat(lent(store, disk(DEMO, 2))).isNotEqualTo(first);
            refused(Reason.KEY_UNKNOWN, () -> lent(store, disk(DEMO, 1)));
            store.apply(grant(DEMO, 4, disk(9)));
            store.apply(grant(DEMO, 5, disk(1)));
            assertThat(store.list().getFirst().versions()).hasSize(1);
            assertThat(newest(store)).isEqualTo(9);
        }
    }

    @Test
    void tombstoneOfAnUnknownTenant_holds() throws Exception {
        try (var store = fixture().open()) {
            store.tombstone(RIVAL);
            refused(Reason.TENANT_DESTROYED, () -> store.apply(grant(RIVAL, 1, disk(1))));
        }
    }

    @Test
    void rotation_isOnceAnHourByTheClockThatCannotBeSet() throws Exception {
        var fixture = fixture();
        try (var store = fixture.open()) {
            store.apply(grant(DEMO, 1, disk(1), snap(1)));
            assertThat(store.rotate(DEMO, DISK)).isEqualTo(2);
            assertThat(store.list().getFirst().versions()).hasSize(2);
            refused(Reason.TOO_SOON, () -> store.rotate(DEMO, DISK));
            assertThat(store.rotate(DEMO, SNAP)).isEqualTo(2);
            fixture.clock.wall += 1_000_000; // somebody sets the wall clock
            refused(Reason.TOO_SOON, () -> store.rotate(DEMO, DISK));
            fixture.clock.wall -= 2_000_000;
            fixture.clock.uptime += 3599;
            refused(Reason.TOO_SOON, () -> store.rotate(DEMO, DISK));
            fixture.clock.uptime++;
            assertThat(store.rotate(DEMO, DISK)).isEqualTo(3);
        }
    }

    @Test
    void rotation_isOnceAnHourAcrossRestartsAndBoots() throws Exception {
        var fixture = fixture();
        try (var store = fixture.open()) {
            store.apply(grant(DEMO, 1, disk(1)));
            var _ = store.rotate(DEMO, DISK);
        }
        try (var store = fixture.open()) {
            refused(Reason.TOO_SOON, () -> store.rotate(DEMO, DISK));
        }
        fixture.clock.boot = "boot-2";
        fixture.clock.uptime = 30;
        fixture.clock.wall -= 500_000; // set back before the boot
        try (var store = fixture.open()) {
            refused(Reason.TOO_SOON, () -> store.rotate(DEMO, DISK));
            fixture.clock.pass(3600);
            assertThat(store.rotate(DEMO, DISK)).isEqualTo(3);
        }
    }

    @Test
    void sixtyFourVersions_areTheMost() throws Exception {
        var fixture = fixture();
        try (var store = fixture.open()) {
            store.apply(grant(DEMO, 1, disk(1)));
            for (int i = 2; i <= 64; i++) {
                fixture.clock.pass(3600);
                assertThat(store.rotate(DEMO, DISK)).isEqualTo(i);
            }
            fixture.clock.pass(3600);
            refused(Reason.TOO_MANY_VERSIONS, () -> store.rotate(DEMO, DISK));
            store.apply(grant(DEMO, 2, disk(60)));
            assertThat(store.list().getFirst().versions()).hasSize(5);
            assertThat(store.rotate(DEMO, DISK)).isEqualTo(65);
            store.apply(grant(DEMO, 3, disk(900)));
            assertThat(newest(store)).isEqualTo(900);
        }
    }

    @Test
    void lastNumber_isUsedForNothing() throws Exception {
        try (var store = fixture().open()) {
            store.apply(grant(DEMO, 1, disk(Integer.MAX_VALUE - 1)));
            assertThat(newest(store)).isEqualTo(Integer.MAX_VALUE - 1);
            refused(Reason.TOO_MANY_VERSIONS, () -> store.rotate(DEMO, DISK));
            assertThat(newest(store)).isEqualTo(Integer.MAX_VALUE - 1);
        }
    }

    @Test
    void checkValue_isThatOfTheTenantsKey() throws Exception {
        var fixture = fixture();
        try (var store = fixture.open();
                var master = fixture.master()) {
            store.apply(grant(DEMO, 1, disk(1)));
            var text = Files.readString(fixture.store.resolve("key.demo.disk"));
            var wrapped = text.replaceAll(".*\"wrapped\":\"([^\"]+)\".*", "$1");
            try (var key = master.open(disk(DEMO, 1), wrapped)) {
                assertThat(dev.mvm.crypto.tenantkeys.KeyCheck.of(
                                StoreFixture.bytes(key).array()))
                        .isEqualTo(store.list().getFirst().versions().getFirst().check());
            }
        }
    }

    @Test
    void anotherKeyInTheRecord_isNotLent() throws Exception {
        var fixture = fixture();
        try (var store = fixture.open()) {
            store.apply(grant(DEMO, 1, disk(1)));
            store.apply(grant(RIVAL, 1, disk(1)));
        }
        var mine = fixture.store.resolve("key.demo.disk");
        var theirs = Files.readString(fixture.store.resolve("key.rival.disk"));
        // another tenant's key in this one's place
        Files.writeString(mine, theirs.replace("rival", "demo"));
        try (var store = fixture.open()) {
            refused(Reason.NO_MASTER_KEY, () -> lent(store, disk(DEMO, 1)));
        }
    }

    @Test
    void damagedOrMisplacedFiles_endTheStart() throws Exception {
        var fixture = fixture();
        try (var store = fixture.open()) {
            store.apply(grant(DEMO, 1, disk(1)));
        }
        var file = fixture.store.resolve("key.demo.disk");
        var good = Files.readString(file);
        for (var bad : List.of(
                "",
                "{}",
                good.substring(0, good.length() - 1),
                good.replace("\"schema\":1", "\"schema\":2"),
                good.replace("demo", "rival"),
                good.replace("\"version\":1", "\"version\":0"),
                good.replace("volume", "nothing"))) {
            Files.writeString(file, bad);
            refused(Reason.STORE_DAMAGED, () -> fixture.open().close());
        }
        Files.writeString(file, good);
        Files.writeString(fixture.store.resolve("strange"), "{}");
        refused(Reason.STORE_DAMAGED, () -> fixture.open().close());
    }

    @Test
    void storeThatOthersEnterOrHave_isNotOpened() throws Exception {
        var fixture = fixture();
        try (var _ = fixture.open()) {
            refused(Reason.STORE_IN_USE, () -> fixture.open().close());
        }
        Files.setPosixFilePermissions(fixture.store, PosixFilePermissions.fromString("rwx--x---"));
        refused(Reason.STORE_PLACE, () -> fixture.open().close());
        Files.setPosixFilePermissions(fixture.store, PosixFilePermissions.fromString("rwx------"));
        fixture.open().close();
    }

    @Test
    void secondStore_isNotMadeOverTheFirst() throws Exception {
        var fixture = fixture();
        refused(Reason.NO_MASTER_KEY, fixture::made);
        var other = new StoreFixture(Files.createDirectory(folder.resolve("other")));
        refused(Reason.STORE_PLACE, () -> KeyStores.init(fixture.store, other.master()));
        refused(Reason.STORE_PLACE, () -> other.open().close());
    }

    @Test
    void manyThreads_takeTurns() throws Exception {
        try (var store = fixture().open();
                var threads = Executors.newFixedThreadPool(8)) {
            store.apply(grant(DEMO, 1, disk(1)));
            var expected = lent(store, disk(DEMO, 1));
            var work = java.util.stream.IntStream.range(0, 200)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        switch (i % 4) {
                            case 0 -> store.apply(grant(RIVAL, i + 1, disk(i + 1)));
                            case 1 -> store.observe(List.of());
                            default -> {}
                        }
                        return lent(store, disk(DEMO, 1)).equals(expected)
                                && !store.list().isEmpty();
                    })
                    .toList();
            for (var done : threads.invokeAll(work)) {
                try {
                    assertThat(done.get()).isTrue();
                } catch (java.util.concurrent.ExecutionException e) {
                    assertThat(e.getCause())
                            .isInstanceOfSatisfying(
                                    StoreException.class,
                                    cause -> assertThat(cause.reason()).isEqualTo(Reason.GRANT_SUPERSEDED));
                }
            }
        }
    }

    @Test
    void statusCounts_andHomeIsPartOfTheKey() throws Exception {
        try (var store = fixture().open()) {
            store.apply(grant(DEMO, 1, disk(1), snap(1)));
            var _ = store.rotate(DEMO, DISK);
            var status = store.status();
            assertThat(status.state()).isEqualTo(StoreStatus.State.SERVING);
            assertThat(status.keys()).isEqualTo(2);
            assertThat(status.versions()).isEqualTo(3);
            assertThat(status.pending()).isEmpty();
            assertThat(status.master()).isEqualTo("file");
            assertThat(status.epoch()).isEqualTo(1);
            assertThat(lent(store, disk(DEMO, 1), HOME)).isEqualTo(lent(store, disk(DEMO, 1), new NodeId("edge-1")));
        }
    }
}
