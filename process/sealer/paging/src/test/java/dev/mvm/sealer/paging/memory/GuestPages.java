package dev.mvm.sealer.paging.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// The memory of the guest of [Vmm], without any snapshot: what is in it can be calculated.
public class GuestPages implements PageSource, PageSweep {
    static final List<Integer> WORKING_SET = List.of(400, 401, 3, 0, 699);
    static final int BATCH = 64;

    /// Pages that something could not wait for.
    public final List<Integer> asked = new CopyOnWriteArrayList<>();

    public static void fill(MemorySegment into, long at, int page) {
        for (int i = 0; i < GuestMemory.PAGE / Long.BYTES; i++) {
            into.set(JAVA_LONG, at + (long) i * Long.BYTES, Vmm.word(page, i));
        }
    }

    @Override
    public boolean page(int number, MemorySegment into) throws IOException {
        asked.add(number);
        fill(into, 0, number);
        return !Vmm.isZero(number);
    }

    /// None: there is no long run of them.
    @Override
    public void zeros(Runs to) throws IOException {}

    @Override
    public void workingSet(Pages to) throws IOException {
        for (int page : WORKING_SET) {
            give(to, page, 1);
        }
    }

    /// All that is not zeros, in runs of two pages, and once pages that are zeros, in a run over two regions.
    @Override
    public void rest(Pages to) throws IOException {
        give(to, Vmm.SPLIT - 40, 80);
        for (int page = 0; page < Vmm.PAGES; page += 3) {
            give(to, page, Math.min(2, Vmm.PAGES - page));
        }
    }

    static void give(Pages to, int page, int count) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate((count + 1L) * GuestMemory.PAGE, Long.BYTES);
            for (int i = 0; i < count; i++) {
                fill(bytes, (i + 1L) * GuestMemory.PAGE, page + i);
            }
            to.take(page, count, bytes, GuestMemory.PAGE);
        }
    }
}
