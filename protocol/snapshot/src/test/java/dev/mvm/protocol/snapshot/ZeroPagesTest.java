package dev.mvm.protocol.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Zero pages are found by two threads as by one.
final class ZeroPagesTest {
    private static final int PAGE = Machine.PAGE;
    private static final int MANY = 200 * ZeroPages.WINDOW; // more than is looked at ahead

    private final BitSet expected = new BitSet();

    /// Memory in which every third page, about, has one byte that is not zero.
    private MemorySegment memory(int pages, Arena arena) {
        var memory = arena.allocate((long) pages * PAGE, PAGE);
        var random = new Random(pages);
        for (int page = 0; page < pages; page++) {
            if (random.nextInt(3) == 0) {
                memory.asSlice((long) page * PAGE, PAGE).asByteBuffer().put(random.nextInt(PAGE), (byte) 1);
            } else {
                expected.set(page);
            }
        }
        return memory;
    }

    private BitSet found(MemorySegment memory, int pages) throws IOException {
        var all = new BitSet();
        var next = new int[1];
        try (var zeroPages = new ZeroPages()) {
            zeroPages.inWindows(memory, pages, (first, count, zero) -> {
                assertThat(first).isEqualTo(next[0]);
                next[0] += count;
                zero.stream().forEach(page -> all.set(first + page));
            });
        }
        assertThat(next[0]).isEqualTo(pages);
        return all;
    }

    @Test
    void everyPage_isLookedAtOnceAndInOrder() throws IOException {
        for (int pages : new int[] {0, 1, ZeroPages.WINDOW, ZeroPages.WINDOW + 1, 5 * ZeroPages.WINDOW - 1, MANY}) {
            expected.clear();
            try (var arena = Arena.ofShared()) {
                assertThat(found(memory(pages, arena), pages)).isEqualTo(expected);
            }
        }
    }

    /// Memory that no other thread may read is read by none.
    @Test
    void memoryOfOneThread_isLookedAtByThatThread() throws IOException {
        try (var arena = Arena.ofConfined()) {
            assertThat(found(memory(MANY, arena), MANY)).isEqualTo(expected);
        }
    }

    /// The caller may release the memory as soon as the call returns, even if a sink has failed.
    @Test
    void afterAnException_nobodyReadsOn() throws IOException {
        try (var zeroPages = new ZeroPages()) {
            for (int i = 0; i < 20; i++) {
                int last = i * ZeroPages.WINDOW;
                try (var arena = Arena.ofShared()) {
                    var memory = memory(MANY, arena);
                    assertThatIOException()
                            .isThrownBy(() -> zeroPages.inWindows(memory, MANY, (first, _, _) -> {
                                if (first == last) {
                                    throw new IOException("full");
                                }
                            }));
                }
            }
            try (var arena = Arena.ofShared()) { // and the thread goes on
                var memory = memory(MANY, arena);
                var counted = new int[1];
                zeroPages.inWindows(memory, MANY, (_, count, _) -> counted[0] += count);
                assertThat(counted[0]).isEqualTo(MANY);
            }
        }
    }

    @Test
    void whatIsClosed_leavesNoThread() throws Exception {
        try (var arena = Arena.ofShared()) {
            assertThat(found(memory(MANY, arena), MANY)).isEqualTo(expected);
        }
        for (var thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("zero-pages")) {
                thread.join(); // it ends
            }
        }
    }
}
