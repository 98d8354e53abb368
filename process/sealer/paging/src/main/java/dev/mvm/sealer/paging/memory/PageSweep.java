package dev.mvm.sealer.paging.memory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Pages of a guest in the order in which they are read best: all of them, or one thread's share. A page in no
/// share is zeros.
public interface PageSweep {
    /// Long runs of zeros, which need not be brought: not necessarily all, and no page of any share.
    void zeros(Runs to) throws IOException;

    /// The pages that the guest is expected to use first.
    void workingSet(Pages to) throws IOException;

    /// All others.
    void rest(Pages to) throws IOException;

    /// Takes pages of zeros that are next to each other in the guest.
    @FunctionalInterface
    interface Runs {
        /// Takes `count` pages from `page` on.
        void take(int page, int count) throws IOException;
    }

    /// Takes pages that are next to each other in the guest.
    @FunctionalInterface
    interface Pages {
        /// Takes `count` pages from `page` on, which are at `at` in `bytes`, off the heap, until this returns.
        void take(int page, int count, MemorySegment bytes, long at) throws IOException;
    }
}
