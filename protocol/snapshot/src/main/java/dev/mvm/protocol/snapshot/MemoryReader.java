package dev.mvm.protocol.snapshot;

import static dev.mvm.protocol.snapshot.Machine.PAGE;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.model.Digest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/// A guest's memory, page by page or in the order in which it is stored. Nothing is given out before it has been
/// verified. Any thread may use it; one at a time does.
public final class MemoryReader implements AutoCloseable {
    private static final int BATCH = 64; // pages
    private static final int SHARE = 512; // pages: as many as have a page table of their own
    private static final int LONG_RUN = 32; // pages
    private static final int MOST_ZERO_RUNS = 2048; // each is a mapping of its own, of which a process has 65,530

    private final ChunkOpener stream;
    private final Digest digest;
    private final PageMap map;
    private final int guestPages;
    private final Optional<MemoryReader> base;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment batch = arena.allocate(BATCH * PAGE, Long.BYTES);

    /// Takes pages that are next to each other in the guest.
    @FunctionalInterface
    public interface Pages {
        /// Takes `count` pages from `page` on, which are at `at` in `bytes` until this returns.
        void take(int page, int count, MemorySegment bytes, long at) throws IOException;
    }

    /// @param stream becomes this object's to close, also if this throws
    /// @throws SnapshotException `page_map`, `wrong_base`
    @MustBeClosed
    MemoryReader(ChunkOpener stream, Manifest manifest, Optional<MemoryReader> base) throws IOException {
        this.stream = stream;
        this.digest = manifest.memory().header();
        this.guestPages = manifest.machine().pages();
        this.base = base;
        try {
            if (base.isPresent()
                    && (base.get().guestPages != guestPages || base.get().base.isPresent())) {
                throw new SnapshotException(SnapshotReason.WRONG_BASE, "of another size, or a difference itself");
            }
            this.map = new PageMap(stream, manifest.pages(), guestPages, base.isPresent());
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /// Returns the name by which a difference refers to this as its base.
    public Digest digest() {
        return digest;
    }

    /// Gives one page.
    ///
    /// @param into 4096 bytes off the heap
    /// @return whether there is anything but zeros in it; if not, `into` is as it was
    /// @throws SnapshotException `altered`
    public synchronized boolean page(int number, MemorySegment into) throws IOException {
        if (into.byteSize() != PAGE) {
            throw new IllegalArgumentException("a page has " + PAGE + " bytes");
        }
        int at = map.find(Objects.checkIndex(number, guestPages));
        if (at >= 0) {
            stream.read((long) at * PAGE, into);
            return true;
        }
        return at == PageMap.ABSENT && base.isPresent() && base.get().page(number, into);
    }

    /// A part of the working set, for one of several threads, which have a reader each.
    ///
    /// @param number from 0 to before `of`
    public record Share(int number, int of) {
        /// All of it.
        public static final Share ALL = new Share(0, 1);

        private boolean has(int position) {
            return position / SHARE % of == number;
        }
    }

    /// Takes pages of zeros that are next to each other in the guest.
    @FunctionalInterface
    public interface Runs {
        /// Takes `count` pages from `page` on.
        void take(int page, int count) throws IOException;
    }

    /// Gives long runs of zeros, in ascending order: a few thousand of them at most. Of a difference none.
    public synchronized void zeros(Runs to) throws IOException {
        if (base.isEmpty()) {
            map.gaps(guestPages, LONG_RUN, MOST_ZERO_RUNS, to);
        }
    }

    /// Gives a share of the working set, in touch order; of a base what has not changed since.
    ///
    /// @throws SnapshotException `altered`
    public synchronized void workingSet(Share share, Pages to) throws IOException {
        give(map.setAt, map.setAt + map.setPages, share, to);
        if (base.isPresent()) {
            base.get().workingSet(share, unchanged(to));
        }
    }

    /// The pages of the working set, in touch order; of a base's none.
    public synchronized int[] workingSet() {
        var pages = new int[map.setPages];
        for (int at = map.setAt, run = map.runAt(at); at < map.setAt + map.setPages; at++) {
            while (at >= map.end(run)) {
                run++;
            }
            pages[at - map.setAt] = map.page(run, at);
        }
        return pages;
    }

    /// Gives every other page that is not zero, as it is stored.
    ///
    /// @throws SnapshotException `altered`
    public synchronized void rest(Pages to) throws IOException {
        give(0, map.setAt, to);
        give(map.setAt + map.setPages, map.pages(), to);
        if (base.isPresent()) {
            base.get().rest(unchanged(to));
        }
    }

    private void give(int from, int end, Share share, Pages to) throws IOException {
        for (int at = from; at < end; ) {
            int next = Math.min(end, at - at % SHARE + SHARE);
            if (share.has(at)) {
                give(at, next, to);
            }
            at = next;
        }
    }

    private void give(int from, int end, Pages to) throws IOException {
        int run = map.runAt(from);
        for (int at = from; at < end; ) {
            int some = Math.min(BATCH - at % BATCH, end - at); // so that chunks are whole
            stream.read((long) at * PAGE, batch.asSlice(0, (long) some * PAGE));
            for (int i = 0; i < some; ) {
                while (at + i >= map.end(run)) {
                    run++;
                }
                int count = Math.min(some - i, map.end(run) - at - i);
                to.take(map.page(run, at + i), count, batch, (long) i * PAGE);
                i += count;
            }
            at += some;
        }
    }

    private Pages unchanged(Pages to) {
        return (page, count, bytes, at) -> {
            for (int i = 0; i < count; i++) {
                if (map.find(page + i) == PageMap.ABSENT) {
                    to.take(page + i, 1, bytes, at + (long) i * PAGE);
                }
            }
        };
    }

    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            stream.close();
            batch.fill((byte) 0);
            arena.close();
        }
    }
}
