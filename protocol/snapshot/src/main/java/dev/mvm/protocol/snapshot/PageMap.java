package dev.mvm.protocol.snapshot;

import static dev.mvm.protocol.snapshot.Machine.PAGE;
import static dev.mvm.protocol.snapshot.PageRuns.HEADER;
import static dev.mvm.protocol.snapshot.PageRuns.MAX_RUNS;
import static dev.mvm.protocol.snapshot.PageRuns.RUN;
import static dev.mvm.protocol.snapshot.PageRuns.U32;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Positions of a guest's pages in its memory stream. Read whole and checked whole before any of it is used.
final class PageMap {
    /// A page of zeros that a difference says to be so.
    static final int ZERO = -1;

    /// A page that the stream says nothing about.
    static final int ABSENT = -2;

    private static final int BATCH = 8192 * RUN;

    private final int stored; // runs that have pages in the stream, before those that are zero
    private final int[] first;
    private final int[] position; // of a stored run's first page; one more, for the end
    private final int[] count;
    private final long[] order; // first page and number of each run, sorted
    final int setAt;
    final int setPages;

    /// @param pages how many pages are stored, before the map
    /// @throws SnapshotException `page_map`
    PageMap(ChunkOpener stream, int pages, int guestPages, boolean difference) throws IOException {
        long at = (long) pages * PAGE;
        long size = stream.plainSize() - at;
        require(size >= HEADER && (size - HEADER) % RUN == 0 && (size - HEADER) / RUN <= MAX_RUNS, "its size");
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(BATCH, Long.BYTES);
            stream.read(at, bytes.asSlice(0, HEADER));
            int total = (int) ((size - HEADER) / RUN);
            stored = bytes.get(U32, 0);
            int cleared = bytes.get(U32, 4);
            setAt = bytes.get(U32, 8);
            setPages = bytes.get(U32, 12);
            require(stored >= 0 && stored <= total && cleared == total - stored, "its runs");
            require(cleared == 0 || difference, "zero pages without a base");
            require(setAt >= 0 && setPages >= 0 && setPages <= pages && setAt <= pages - setPages, "its working set");
            first = new int[total];
            count = new int[total];
            order = new long[total];
            position = new int[stored + 1];
            for (int run = 0; run < total; ) {
                int some = Math.min(BATCH / RUN, total - run);
                stream.read(at + HEADER + (long) run * RUN, bytes.asSlice(0, (long) some * RUN));
                for (int i = 0; i < some; i++, run++) {
                    take(run, bytes, (long) i * RUN, guestPages);
                }
            }
        }
        require(position[stored] == pages, "more or fewer pages than are stored");
        Arrays.sort(order);
        for (int i = 1; i < order.length; i++) {
            int before = (int) order[i - 1];
            require(first[before] + count[before] <= (int) (order[i] >>> Integer.SIZE), "a page twice");
        }
    }

    private void take(int run, MemorySegment bytes, long at, int guestPages) throws SnapshotException {
        int page = bytes.get(U32, at);
        int pages = bytes.get(U32, at + 4);
        require(page >= 0 && pages > 0 && page <= guestPages - pages, "a run outside of the guest");
        // one way to say it: runs that go on are one run, and zero pages ascend
        if (run > 0 && run != stored) {
            int end = first[run - 1] + count[run - 1];
            require(run < stored ? page != end : page > end, "runs that are one, or in no order");
        }
        first[run] = page;
        count[run] = pages;
        order[run] = (long) page << Integer.SIZE | run;
        if (run < stored) {
            long end = (long) position[run] + pages;
            require(end <= guestPages, "more pages than the guest has");
            position[run + 1] = (int) end;
        }
    }

    private static void require(boolean holds, String what) throws SnapshotException {
        if (!holds) {
            throw new SnapshotException(SnapshotReason.PAGE_MAP, what);
        }
    }

    /// The position of a guest's page among the stored ones, or [#ZERO], or [#ABSENT].
    int find(int page) {
        int found = Arrays.binarySearch(order, (long) page << Integer.SIZE | Integer.MAX_VALUE); // never there
        if (found == -1) {
            return ABSENT;
        }
        int run = (int) order[-2 - found];
        int skip = page - first[run];
        if (skip >= count[run]) {
            return ABSENT;
        }
        return run < stored ? position[run] + skip : ZERO;
    }

    /// Gives the first gaps between all runs of a guest that are long enough.
    ///
    /// @param least pages
    void gaps(int guestPages, int least, int most, MemoryReader.Runs to) throws IOException {
        int end = 0;
        int given = 0;
        for (int i = 0; i <= order.length && given < most; i++) {
            int next = i == order.length ? guestPages : (int) (order[i] >>> Integer.SIZE);
            if (next - end >= least) {
                to.take(end, next - end);
                given++;
            }
            end = i == order.length ? next : next + count[(int) order[i]];
        }
    }

    /// The stored run that holds a position.
    int runAt(int at) {
        int found = Arrays.binarySearch(position, at);
        return found < 0 ? -2 - found : found;
    }

    /// The guest's page at a position of a run.
    int page(int run, int at) {
        return first[run] + at - position[run];
    }

    /// Returns the position at which a run ends.
    int end(int run) {
        return position[run + 1];
    }

    int pages() {
        return position[stored];
    }
}
