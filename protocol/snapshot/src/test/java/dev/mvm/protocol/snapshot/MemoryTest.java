package dev.mvm.protocol.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Digest;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Guests' memory, through a snapshot and back.
final class MemoryTest {
    private static final int PAGE = Machine.PAGE;

    private final Cobblestone cobblestone = new Cobblestone(new Libcrypto());
    private final SecretMemory secret = SecretMemory.allocate(InstanceKeys.SIZE);
    private final InstanceKeys kek = Made.keys(secret, "snap", 1);

    MemoryTest() throws Exception {}

    @AfterEach
    void close() {
        secret.close();
    }

    /// A guest of which some pages are zero.
    private static byte[] guest(Draw draw, int pages) {
        var out = new byte[pages * PAGE];
        for (int i = 0; i < pages; i++) {
            if (draw.intBetween(0, 2) == 0) {
                System.arraycopy(StreamsTest.random(PAGE, i + draw.between(0, 99)), 0, out, i * PAGE, PAGE);
            } else if (draw.intBetween(0, 9) == 0) {
                out[i * PAGE + draw.intBetween(0, PAGE - 1)] = 1; // one byte is enough
            }
        }
        return out;
    }

    private static int[] workingSet(Draw draw, int pages) {
        return draw.list(0, pages, () -> draw.intBetween(-2, pages + 2)).stream()
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /// Pieces that cover `pages` pages once, in any order.
    private static Made.Writing pieces(Draw draw, byte[] guest) {
        var all = new ArrayList<int[]>();
        int pages = guest.length / PAGE;
        for (int at = 0; at < pages; ) {
            int count = draw.intBetween(1, Math.min(draw.one(20, 150), pages - at));
            all.add(draw.intBetween(0, all.size()), new int[] {at, count});
            at += count;
        }
        return writer -> {
            for (var piece : all) {
                var bytes = Arrays.copyOfRange(guest, piece[0] * PAGE, (piece[0] + piece[1]) * PAGE);
                writer.piece((long) piece[0] * PAGE, Memory.offHeap(bytes));
            }
        };
    }

    private Made make(int pages, Optional<Digest> base, int[] set, Made.Writing writing) throws IOException {
        var machine = Made.machine((long) pages * PAGE);
        return Made.make(cobblestone, Made.PLACE, machine, base, kek, set, writing, new byte[0]);
    }

    private interface Check {
        void on(MemoryReader reader) throws IOException;
    }

    private void read(Made made, Optional<MemoryReader> base, Check check) throws IOException {
        try (var snapshot = Snapshot.open(cobblestone, made.manifest(), Made.PLACE, kek);
                var reader = snapshot.memory(new Memory.File(made.memory()), base)) {
            check.on(reader);
        }
    }

    private static boolean isZero(byte[] guest, int page) {
        return Arrays.equals(guest, page * PAGE, (page + 1) * PAGE, new byte[PAGE], 0, PAGE);
    }

    @Test
    void wholeMemory_comesBackPageByPageAndInOrder() {
        Property.holds(60, draw -> {
            int pages = draw.one(1, 2, 3, 4, 5, 40, 200);
            var guest = guest(draw, pages);
            var set = workingSet(draw, pages);
            boolean inPieces = draw.flag();
            var made = make(
                    pages,
                    Optional.empty(),
                    set,
                    inPieces ? pieces(draw, guest) : writer -> writer.whole(Memory.offHeap(guest)));
            var touched = IntStream.of(set)
                    .filter(page -> page >= 0 && page < pages && !isZero(guest, page))
                    .distinct()
                    .boxed()
                    .toList();
            long stored = IntStream.range(0, pages)
                    .filter(page -> !isZero(guest, page))
                    .count();
            read(made, Optional.empty(), reader -> {
                var order = new ArrayList<Integer>();
                assertThat(Made.pages(reader, pages)).isEqualTo(guest);
                assertThat(Made.stored(reader, pages, order)).isEqualTo(guest);
                assertThat(order).isEqualTo(touched);
            });
            // zero pages take no room
            assertThat((long) made.memory().length).isLessThan(stored * PAGE + 8 * stored + 200 + stored * 16);
        });
    }

    @Test
    void difference_isLaidOverItsBase() {
        Property.holds(40, draw -> {
            int pages = draw.one(1, 5, 60);
            var before = guest(draw, pages);
            var after = before.clone();
            var dirty = draw.list(0, 12, () -> draw.intBetween(0, pages - 1)).stream()
                    .distinct()
                    .toList();
            for (int page : dirty) {
                var content = draw.flag() ? new byte[PAGE] : StreamsTest.random(PAGE, draw.between(0, 99));
                System.arraycopy(content, 0, after, page * PAGE, PAGE);
            }
            var set = workingSet(draw, pages);
            var whole = make(pages, Optional.empty(), set, writer -> writer.whole(Memory.offHeap(before)));
            read(whole, Optional.empty(), base -> {
                var made = make(pages, Optional.of(base.digest()), set, writer -> {
                    for (int page : dirty) {
                        var bytes = Arrays.copyOfRange(after, page * PAGE, (page + 1) * PAGE);
                        writer.piece((long) page * PAGE, Memory.offHeap(bytes));
                    }
                });
                read(made, Optional.of(base), reader -> {
                    assertThat(Made.pages(reader, pages)).isEqualTo(after);
                    assertThat(Made.stored(reader, pages, new ArrayList<>())).isEqualTo(after);
                });
            });
        });
    }

    @Test
    void anotherBase_isRefused() throws Exception {
        var guest = Memory.offHeap(StreamsTest.random(4 * PAGE, 1));
        var base = make(4, Optional.empty(), Made.NO_SET, writer -> writer.whole(guest));
        var twin = make(4, Optional.empty(), Made.NO_SET, writer -> writer.whole(guest));
        var small = make(3, Optional.empty(), Made.NO_SET, _ -> {});
        read(base, Optional.empty(), reader -> {
            var difference = make(4, Optional.of(reader.digest()), Made.NO_SET, _ -> {});
            Memory.refused(SnapshotReason.WRONG_BASE, () -> read(difference, Optional.empty(), _ -> {}));
            Memory.refused(SnapshotReason.WRONG_BASE, () -> read(base, Optional.of(reader), _ -> {}));
            read(
                    twin,
                    Optional.empty(),
                    other -> Memory.refused(
                            SnapshotReason.WRONG_BASE, () -> read(difference, Optional.of(other), _ -> {})));
            read(difference, Optional.of(reader), one -> {
                var second = make(4, Optional.of(one.digest()), Made.NO_SET, _ -> {});
                Memory.refused(SnapshotReason.WRONG_BASE, () -> read(second, Optional.of(one), _ -> {}));
            });
        });
        read(small, Optional.empty(), reader -> {
            var difference = make(4, Optional.of(reader.digest()), Made.NO_SET, _ -> {});
            Memory.refused(SnapshotReason.WRONG_BASE, () -> read(difference, Optional.of(reader), _ -> {}));
        });
    }

    /// A guest of 4 TiB, of which three pages are something.
    @Test
    void pagesBeyond64GiB_areFound() throws Exception {
        int pages = 1 << 30;
        var places = List.of((64L << 30) - PAGE, 64L << 30, (4L << 40) - PAGE);
        var made = make(pages, Optional.empty(), new int[] {pages - 1}, writer -> {
            for (long place : places) {
                writer.piece(place, Memory.offHeap(StreamsTest.random(PAGE, place)));
            }
        });
        read(made, Optional.empty(), reader -> {
            var page = Memory.offHeap(new byte[PAGE]);
            for (long place : places) {
                assertThat(reader.page((int) (place / PAGE), page)).isTrue();
                assertThat(Memory.array(page)).isEqualTo(StreamsTest.random(PAGE, place));
                assertThat(reader.page((int) (place / PAGE) - 2, page)).isFalse();
            }
            var order = new ArrayList<Integer>();
            reader.workingSet(MemoryReader.Share.ALL, (first, _, _, _) -> order.add(first));
            assertThat(order).containsExactly(pages - 1);
        });
    }

    /// Output of a VMM is not trusted.
    @Test
    void piecesThatDoNotFit_areRefused() throws Exception {
        var page = Memory.offHeap(StreamsTest.random(2 * PAGE, 1));
        var bad = List.of(
                new long[] {-PAGE, PAGE},
                new long[] {1, PAGE},
                new long[] {0, PAGE - 1},
                new long[] {4 * PAGE, PAGE},
                new long[] {3 * PAGE, 2 * PAGE},
                new long[] {Long.MAX_VALUE - PAGE + 1, PAGE},
                new long[] {PAGE, PAGE},
                new long[] {0, 2 * PAGE});
        var _ = make(4, Optional.empty(), new int[] {3}, writer -> {
            Memory.refused(SnapshotReason.BAD_PIECE, () -> writer.whole(page));
        });
        var _ = make(4, Optional.empty(), new int[] {0, 1}, writer -> {
            writer.piece(PAGE, page.asSlice(0, PAGE));
            for (var piece : bad) {
                Memory.refused(SnapshotReason.BAD_PIECE, () -> writer.piece(piece[0], page.asSlice(0, piece[1])));
            }
        });
    }

    @Test
    void pageThatIsAltered_isNotGivenOut() throws Exception {
        var guest = Memory.offHeap(StreamsTest.random(40 * PAGE, 1));
        var made = make(40, Optional.empty(), Made.NO_SET, writer -> writer.whole(guest));
        var altered = Made.flipped(made.memory(), 56 + 3 * Cobblestone.SEALED_CHUNK + 5);
        read(new Made(made.manifest(), altered, made.vmstate()), Optional.empty(), reader -> {
            var page = Memory.offHeap(StreamsTest.random(PAGE, 2));
            for (int number = 12; number < 16; number++) {
                int bad = number;
                Memory.refused(SnapshotReason.ALTERED, () -> reader.page(bad, page));
                assertThat(Memory.array(page)).containsOnly(0);
            }
            assertThat(reader.page(16, page)).isTrue();
            Memory.refused(
                    SnapshotReason.ALTERED,
                    () -> reader.rest((_, _, _, _) -> {
                        throw new AssertionError("a page of a batch that does not open");
                    }));
        });
        var mapAltered = Made.flipped(made.memory(), 56 + 10 * Cobblestone.SEALED_CHUNK + 5);
        Memory.refused(
                SnapshotReason.ALTERED,
                () -> read(new Made(made.manifest(), mapAltered, made.vmstate()), Optional.empty(), _ -> {}));
    }

    /// Pieces in the order in which Firecracker writes them are stored ascending, and the working set lies
    /// together.
    @Test
    void storedOrder_isWorkingSetTogetherAndTheRestAscending() throws Exception {
        var guest = Memory.offHeap(StreamsTest.random(32 * PAGE, 3));
        for (boolean inPieces : new boolean[] {true, false}) {
            var made = make(32, Optional.empty(), new int[] {9, 3, 30}, writer -> {
                for (int at = 0; inPieces && at < 32; at += 8) {
                    writer.piece((long) at * PAGE, guest.asSlice((long) at * PAGE, 8L * PAGE));
                }
                if (!inPieces) {
                    writer.whole(guest);
                }
            });
            read(made, Optional.empty(), reader -> {
                var set = new ArrayList<Integer>();
                var rest = new ArrayList<Integer>();
                reader.workingSet(
                        MemoryReader.Share.ALL,
                        (page, count, _, _) ->
                                IntStream.range(page, page + count).forEach(set::add));
                reader.rest((page, count, _, _) ->
                        IntStream.range(page, page + count).forEach(rest::add));
                assertThat(set).containsExactly(9, 3, 30);
                assertThat(rest).isSorted().hasSize(29).doesNotContain(9, 3, 30);
            });
        }
    }

    @Test
    void sharesOfAWorkingSet_areAllOfItAndEachPageOnce() throws Exception {
        int pages = 3000;
        var guest = Memory.offHeap(StreamsTest.random(pages * PAGE, 4));
        var set = IntStream.range(0, 1400).map(i -> pages - 1 - 2 * i).toArray();
        var made = make(pages, Optional.empty(), set, writer -> writer.piece(0, guest));
        read(made, Optional.empty(), reader -> {
            assertThat(reader.workingSet()).containsExactly(set);
            var all = new ArrayList<Integer>();
            for (int number = 0; number < 2; number++) {
                int before = all.size();
                reader.workingSet(new MemoryReader.Share(number, 2), (page, count, bytes, at) -> {
                    assertThat(bytes.asSlice(at, (long) count * PAGE)
                                    .mismatch(guest.asSlice((long) page * PAGE, (long) count * PAGE)))
                            .isNegative();
                    IntStream.range(page, page + count).forEach(all::add);
                });
                assertThat(all.size() - before).isBetween(512, 1024);
            }
            assertThat(all).hasSize(set.length);
            assertThat(all)
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.of(set).boxed().toList());
        });
    }

    @Test
    void longRunsOfZeros_areTold() throws Exception {
        var made = make(1000, Optional.empty(), new int[] {500}, writer -> {
            for (int page : new int[] {40, 71, 100, 500, 967}) {
                writer.piece((long) page * PAGE, Memory.offHeap(StreamsTest.random(PAGE, page)));
            }
        });
        var runs = new ArrayList<String>();
        read(made, Optional.empty(), reader -> {
            reader.zeros((page, count) -> runs.add(page + "+" + count));
            assertThat(runs).containsExactly("0+40", "101+399", "501+466", "968+32"); // not 30 and 28 of them
            var difference = make(1000, Optional.of(reader.digest()), Made.NO_SET, _ -> {});
            read(
                    difference,
                    Optional.of(reader),
                    changed -> changed.zeros((_, _) -> {
                        throw new AssertionError("its base has them");
                    }));
        });
    }

    /// A guest decides which of its pages are zero, and not how large a map becomes.
    @Test
    void guestOfAlternatingPages_makesNoMapThatIsTooLarge() throws Exception {
        int pages = 2 * PageRuns.MANY_RUNS + 100;
        var two = Memory.offHeap(Arrays.copyOf(new byte[] {1}, 2 * PAGE));
        try (var sealer = new SnapshotSealer(
                        cobblestone, Made.PLACE, Made.machine((long) pages * PAGE), Optional.empty());
                var writer = sealer.memory(_ -> {}, Made.NO_SET)) {
            for (int page = 0; page < pages; page += 2) {
                writer.piece((long) page * PAGE, two);
            }
            writer.finish();
            assertThat(writer.pages()).isEqualTo(PageRuns.MANY_RUNS + 100);
            long map = writer.facts().plainSize() - (long) writer.pages() * PAGE;
            assertThat(map).isEqualTo(16 + 8L * (PageRuns.MANY_RUNS + 1));
        }
    }

    @Test
    void emptyGuestMemory_isSmall() throws Exception {
        var zeros = MemorySegment.NULL;
        var made = make(1 << 18, Optional.empty(), Made.NO_SET, writer -> writer.piece(0, zeros));
        assertThat(made.memory()).hasSize(56 + 16 + 16);
        read(
                made,
                Optional.empty(),
                reader -> assertThat(reader.page(5, Memory.offHeap(new byte[PAGE])))
                        .isFalse());
    }
}
