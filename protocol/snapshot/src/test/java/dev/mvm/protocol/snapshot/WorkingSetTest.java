package dev.mvm.protocol.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A working set belongs to one tenant, one guest and one sleep.
final class WorkingSetTest {
    private static final int[] PAGES = {700, 3, -1, 0, Integer.MAX_VALUE};

    private final Cobblestone cobblestone = new Cobblestone(new Libcrypto());
    private final SecretMemory secret = SecretMemory.allocate(InstanceKeys.SIZE);
    private final SecretMemory other = SecretMemory.allocate(InstanceKeys.SIZE);
    private final InstanceKeys kek = Made.keys(secret, "snap", 1);

    WorkingSetTest() throws Exception {}

    @AfterEach
    void close() {
        secret.close();
        other.close();
    }

    private byte[] sealed(int... pages) throws Exception {
        var file = new Memory.Written();
        WorkingSet.seal(cobblestone, Made.PLACE, kek, pages, file);
        return file.bytes();
    }

    private void refused(SnapshotReason reason, byte[] bytes, SnapshotId place, InstanceKeys key) {
        Memory.refused(reason, () -> WorkingSet.open(cobblestone, place, key, new Memory.File(bytes)));
    }

    @Test
    void whatIsSealed_opens() throws Exception {
        for (var pages :
                List.of(PAGES, new int[0], IntStream.range(0, WorkingSet.MOST).toArray())) {
            assertThat(WorkingSet.open(cobblestone, Made.PLACE, kek, new Memory.File(sealed(pages))))
                    .isEqualTo(pages);
        }
    }

    @Test
    @Tag("claim-S5")
    void itsSize_tellsNothing() throws Exception {
        assertThat(sealed()).hasSize((int) WorkingSet.SIZE);
        assertThat(sealed(1, 2, 3)).hasSize((int) WorkingSet.SIZE);
        assertThatThrownBy(() -> sealed(new int[WorkingSet.MOST + 1])).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    @Tag("claim-S5")
    void otherPlacesAndKeys_areRefused() throws Exception {
        var good = sealed(PAGES);
        for (var place : List.of(
                Made.place("rival", "web", 1, 7), Made.place("demo", "api", 1, 7), Made.place("demo", "web", 2, 7))) {
            refused(SnapshotReason.COMMITMENT, good, place, kek);
        }
        refused(SnapshotReason.COMMITMENT, good, Made.PLACE, Made.keys(other, "snap", 2));
    }

    /// Sleeps that were broken off in between count, and change nothing of what it wants.
    @Test
    void laterSleep_opensIt() throws Exception {
        assertThat(WorkingSet.open(cobblestone, Made.place("demo", "web", 1, 12), kek, new Memory.File(sealed(PAGES))))
                .containsExactly(PAGES);
    }

    @Test
    @Tag("claim-S5")
    void whatIsAlteredOrCut_isRefused() throws Exception {
        var good = sealed(PAGES);
        for (int at = 0; at < good.length; at += 997) {
            refused(
                    at < Cobblestone.HEADER ? SnapshotReason.COMMITMENT : SnapshotReason.ALTERED,
                    Made.flipped(good, at),
                    Made.PLACE,
                    kek);
        }
        refused(SnapshotReason.TRUNCATED, new byte[0], Made.PLACE, kek);
        refused(SnapshotReason.TRUNCATED, Arrays.copyOf(good, good.length - 1), Made.PLACE, kek);
        refused(SnapshotReason.TRUNCATED, Arrays.copyOf(good, good.length + 1), Made.PLACE, kek);
    }

    @Test
    void nextOne_isWhatWasGivenAndWhatWasAskedFor() {
        assertThat(WorkingSet.next(new int[] {5, 1}, new int[] {9, 5, 2, 9})).containsExactly(5, 1, 9, 2);
        var many = IntStream.range(0, WorkingSet.MOST).toArray();
        assertThat(WorkingSet.next(many, new int[] {3})).isEqualTo(many);
        assertThat(WorkingSet.next(many, new int[] {3, WorkingSet.MOST})).containsExactly(3, WorkingSet.MOST);
        assertThat(WorkingSet.next(
                        new int[0], IntStream.range(0, 2 * WorkingSet.MOST).toArray()))
                .isEqualTo(many);
    }
}
