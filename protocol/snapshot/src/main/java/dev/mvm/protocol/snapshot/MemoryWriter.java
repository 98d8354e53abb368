package dev.mvm.protocol.snapshot;

import static dev.mvm.protocol.snapshot.Machine.PAGE;

import com.google.errorprone.annotations.MustBeClosed;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/// Seals a guest's memory as it comes, in pieces or whole, without the pages that are zero. Page numbers are
/// offsets in the VMM's memory file, in pages.
///
/// In a whole snapshot what never comes is zero; in a difference it is the base's.
///
/// In memory that any thread may read a second thread looks ahead for pages that are zero; what is sealed, and its
/// order, is the same. Any thread may use it; one at a time does. After an exception it can only be closed.
public final class MemoryWriter implements AutoCloseable {
    private final StreamSealer sealer;
    private final ZeroPages zeroPages = new ZeroPages();
    private final int guestPages;
    private final boolean difference;
    private final int[] workingSet;
    private final long[] ranks; // page and rank in the working set, sorted
    private final BitSet inSet = new BitSet();
    private final BitSet seen = new BitSet();
    private final BitSet zeros = new BitSet();
    private final PageRuns runs = new PageRuns();
    private final Arena arena = Arena.ofShared();
    private final BitSet isStaged = new BitSet(); // by rank
    private MemorySegment staged = MemorySegment.NULL; // working set, by rank
    private int setAt;
    private int setPages;

    @MustBeClosed
    MemoryWriter(StreamSealer sealer, Machine machine, boolean difference, int[] workingSet) {
        this.sealer = sealer;
        this.guestPages = machine.pages();
        this.difference = difference;
        this.workingSet = IntStream.of(workingSet)
                .filter(page -> page >= 0 && page < guestPages)
                .distinct()
                .toArray();
        IntStream.of(this.workingSet).forEach(inSet::set);
        this.ranks = IntStream.range(0, this.workingSet.length)
                .mapToLong(rank -> (long) this.workingSet[rank] << Integer.SIZE | rank)
                .sorted()
                .toArray();
    }

    /// Takes one piece. Pieces come in any order; pages of the working set wait for the others.
    ///
    /// @param offset of the piece in the guest's memory
    /// @param piece whole pages, off the heap
    /// @throws SnapshotException `bad_piece`
    public synchronized void piece(long offset, MemorySegment piece) throws IOException {
        int count = begin(offset, piece.byteSize());
        int begin = (int) (offset / PAGE);
        zeroPages.inWindows(piece, count, (first, some, zero) -> {
            int from = begin + first;
            long at = (long) first * PAGE;
            for (int page = inSet.nextSetBit(from);
                    page >= 0 && page < from + some;
                    page = inSet.nextSetBit(page + 1)) {
                stage(page, zero.get(page - from), piece, at + (long) (page - from) * PAGE);
            }
            others(from, some, zero, piece, at);
        });
    }

    /// Takes all of a guest's memory at once, working set first: nothing has to wait.
    ///
    /// @throws SnapshotException `bad_piece` if it is not all, or some came before
    public synchronized void whole(MemorySegment memory) throws IOException {
        int count = begin(0, memory.byteSize());
        if (count != guestPages) {
            throw new SnapshotException(SnapshotReason.BAD_PIECE, count + " pages instead of " + guestPages);
        }
        for (int page : workingSet) {
            long at = (long) page * PAGE;
            if (stores(ZeroPages.isZero(memory, at))) {
                append(page, 1, memory, at);
            } else {
                zeros.set(page, difference);
            }
        }
        setPages = runs.pages();
        zeroPages.inWindows(
                memory, count, (first, some, zero) -> others(first, some, zero, memory, (long) first * PAGE));
    }

    /// Ends the stream with its working set, if it came in pieces, and the page map.
    public synchronized void finish() throws IOException {
        if (!isStaged.isEmpty()) {
            setAt = runs.pages();
            for (int rank = isStaged.nextSetBit(0); rank >= 0; rank = isStaged.nextSetBit(rank + 1)) {
                append(workingSet[rank], 1, staged, (long) rank * PAGE);
            }
            setPages = runs.pages() - setAt;
        }
        var cleared = new PageRuns();
        cleared.addAll(zeros);
        long size = PageRuns.HEADER + (long) (runs.runs() + cleared.runs()) * PageRuns.RUN;
        if (runs.runs() + cleared.runs() > PageRuns.MAX_RUNS) {
            throw new SnapshotException(SnapshotReason.TOO_LARGE, "more than " + PageRuns.MAX_RUNS + " runs of pages");
        }
        try (var local = Arena.ofConfined()) {
            var map = local.allocate(size, Long.BYTES);
            map.set(PageRuns.U32, 0, runs.runs());
            map.set(PageRuns.U32, 4, cleared.runs());
            map.set(PageRuns.U32, 8, setPages == 0 ? 0 : setAt);
            map.set(PageRuns.U32, 12, setPages);
            runs.encode(map, PageRuns.HEADER);
            cleared.encode(map, PageRuns.HEADER + (long) runs.runs() * PageRuns.RUN);
            sealer.write(map, 0, size);
        }
        sealer.finish();
    }

    /// Returns the facts of the sealed stream, after [#finish].
    public StreamFacts facts() {
        return sealer.facts();
    }

    /// Returns the number of stored pages.
    public synchronized int pages() {
        return runs.pages();
    }

    private int begin(long offset, long size) throws SnapshotException {
        long memory = (long) guestPages * PAGE;
        if (offset < 0 || size > memory || offset > memory - size || offset % PAGE != 0 || size % PAGE != 0) {
            throw new SnapshotException(SnapshotReason.BAD_PIECE, size + " bytes at " + offset);
        }
        int first = (int) (offset / PAGE);
        int end = (int) ((offset + size) / PAGE);
        int before = seen.nextSetBit(first);
        if (before >= 0 && before < end) {
            throw new SnapshotException(SnapshotReason.BAD_PIECE, "page " + before + " again");
        }
        seen.set(first, end);
        return end - first;
    }

    /// Stores pages that are neither zero nor of the working set.
    private void others(int first, int count, BitSet zero, MemorySegment from, long at) throws IOException {
        int begin = 0; // of what is stored next
        for (int i = 0; i <= count; i++) {
            boolean passedOver = i == count || inSet.get(first + i);
            if (!passedOver && stores(zero.get(i))) {
                continue;
            }
            if (i > begin) {
                append(first + begin, i - begin, from, at + (long) begin * PAGE);
            }
            begin = i + 1;
            if (!passedOver) {
                zeros.set(first + i, difference);
            }
        }
    }

    private boolean stores(boolean zero) {
        return !zero || runs.runs() >= PageRuns.MANY_RUNS;
    }

    private void append(int first, int count, MemorySegment from, long at) throws IOException {
        runs.add(first, count);
        sealer.write(from, at, (long) count * PAGE);
    }

    private void stage(int page, boolean zero, MemorySegment from, long at) {
        if (zero) {
            zeros.set(page, difference);
            return;
        }
        if (isStaged.isEmpty()) {
            staged = arena.allocate((long) workingSet.length * PAGE, Long.BYTES);
        }
        int found = Arrays.binarySearch(ranks, (long) page << Integer.SIZE); // there if its rank is 0
        int rank = (int) ranks[found < 0 ? -1 - found : found];
        MemorySegment.copy(from, at, staged, (long) rank * PAGE, PAGE);
        isStaged.set(rank);
    }

    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            zeroPages.close();
            sealer.close();
            staged.fill((byte) 0);
            arena.close();
        }
    }
}
