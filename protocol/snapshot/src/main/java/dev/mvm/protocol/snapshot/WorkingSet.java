package dev.mvm.protocol.snapshot;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;

/// Which pages a guest wanted first when it woke, in that order, sealed until it sleeps again:
/// docs/protocol/snapshot.md.
///
/// Guarantees: it opens for the tenant, pool and instance that it was sealed for and under a key of that instance, and
/// its size tells nothing. Does not guarantee: that the pages are the guest's, or of its last wake; a user of
/// them checks them.
public final class WorkingSet {
    /// Most pages of a working set: 64 MiB of a guest.
    public static final int MOST = 1 << 14;

    /// Bytes of a sealed one, all of them.
    public static final long SIZE = Cobblestone.sealedSize(Integer.BYTES * (MOST + 1L));

    private WorkingSet() {}

    /// Seals one, however many pages it has.
    ///
    /// @param place whose it is, in whatever sleep
    /// @param pages at most [#MOST]
    /// @param sink takes exactly [#SIZE] bytes
    public static void seal(
            Cobblestone cobblestone, SnapshotId place, InstanceKeys keys, int[] pages, StreamSealer.Sink sink)
            throws IOException {
        Objects.checkFromToIndex(0, pages.length, MOST);
        try (var arena = Arena.ofConfined();
                var key = keys.workingSet();
                var sealer = new StreamSealer(cobblestone, key.bytes(), context(place), sink)) {
            var plain = arena.allocate(Integer.BYTES * (MOST + 1L), Integer.BYTES);
            plain.set(PageRuns.U32, 0, pages.length);
            for (int i = 0; i < pages.length; i++) {
                plain.set(PageRuns.U32, Integer.BYTES * (i + 1L), pages[i]);
            }
            sealer.write(plain, 0, plain.byteSize());
            sealer.finish();
        }
    }

    /// Opens one.
    ///
    /// @param place whose it has to be, in whatever sleep
    /// @return pages, of which some may not be in the guest
    /// @throws SnapshotException `truncated`, `commitment`, `altered`
    public static int[] open(Cobblestone cobblestone, SnapshotId place, InstanceKeys keys, ChunkOpener.Source source)
            throws IOException {
        if (source.size() != SIZE) {
            throw new SnapshotException(SnapshotReason.TRUNCATED, source.size() + " bytes instead of " + SIZE);
        }
        try (var arena = Arena.ofConfined();
                var key = keys.workingSet();
                var opener = new ChunkOpener(cobblestone, key.bytes(), context(place), source)) {
            var plain = arena.allocate(opener.plainSize(), Integer.BYTES);
            opener.read(0, plain);
            int count = plain.get(PageRuns.U32, 0);
            if (count < 0 || count > MOST) {
                throw new SnapshotException(SnapshotReason.ALTERED, count + " pages in a working set");
            }
            var pages = new int[count];
            Arrays.setAll(pages, i -> plain.get(PageRuns.U32, Integer.BYTES * (i + 1L)));
            return pages;
        }
    }

    /// Returns the pages to give a guest first at its next wake: those given first this time, and after them
    /// those it requested. Where that is too much, only those it requested, so that pages without a use are
    /// forgotten.
    ///
    /// @return at most [#MOST]
    public static int[] next(int[] given, int[] asked) {
        var all = IntStream.concat(IntStream.of(given), IntStream.of(asked))
                .distinct()
                .toArray();
        return all.length <= MOST ? all : IntStream.of(asked).limit(MOST).toArray();
    }

    private static byte[] context(SnapshotId place) {
        return ("mvm snapshot v1\nworkingset\n" + place.owner()).getBytes(StandardCharsets.US_ASCII);
    }
}
