package dev.mvm.protocol.snapshot;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.BitSet;

/// Runs of guest pages, as they are added: how a page map is written.
final class PageRuns {
    static final ValueLayout.OfInt U32 = JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    static final int HEADER = 16;
    static final int RUN = 8;

    /// Most runs of a map: a few MiB for its reader.
    static final int MAX_RUNS = 1 << 18;

    /// From so many on zero pages are stored like others, so that no guest, which chooses what is zero, can make
    /// a map that is too large.
    static final int MANY_RUNS = 1 << 17;

    private int[] words = new int[64]; // first, count, first, count
    private int used;
    private int pages;

    /// Adds pages. Those that go on where the last ones ended are of the same run.
    void add(int first, int count) throws SnapshotException {
        pages += count;
        if (used > 0 && words[used - 2] + words[used - 1] == first) {
            words[used - 1] += count;
            return;
        }
        if (used / 2 == MAX_RUNS) {
            throw new SnapshotException(SnapshotReason.TOO_LARGE, "more than " + MAX_RUNS + " runs of pages");
        }
        if (used == words.length) {
            words = Arrays.copyOf(words, 2 * used);
        }
        words[used++] = first;
        words[used++] = count;
    }

    void addAll(BitSet set) throws SnapshotException {
        for (int from = set.nextSetBit(0); from >= 0; ) {
            int to = set.nextClearBit(from);
            add(from, to - from);
            from = set.nextSetBit(to);
        }
    }

    int pages() {
        return pages;
    }

    int runs() {
        return used / 2;
    }

    void encode(MemorySegment into, long at) {
        for (int i = 0; i < used; i++) {
            into.set(U32, at + (long) i * Integer.BYTES, words[i]);
        }
    }
}
