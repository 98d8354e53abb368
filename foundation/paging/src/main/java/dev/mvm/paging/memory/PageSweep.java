package dev.mvm.paging.memory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// All pages of a guest, in the order in which they are best had. What is in neither part is zeros.
public interface PageSweep {
    /// The pages that the guest will want first.
    void workingSet(Pages to) throws IOException;

    /// All others.
    void rest(Pages to) throws IOException;

    /// Takes pages that are next to each other in the guest.
    @FunctionalInterface
    interface Pages {
        /// Takes `count` pages from `page` on, which are at `at` in `bytes`, off the heap, until this returns.
        void take(int page, int count, MemorySegment bytes, long at) throws IOException;
    }
}
