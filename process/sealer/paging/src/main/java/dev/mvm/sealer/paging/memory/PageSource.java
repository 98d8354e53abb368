package dev.mvm.sealer.paging.memory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Single pages, for whoever cannot wait. One thread uses it, another than the one that uses a [PageSweep]: what cannot
/// be used by two threads at once is opened twice.
@FunctionalInterface
public interface PageSource {
    /// Gives one page.
    ///
    /// @param number below the number of the guest's pages
    /// @param into 4096 bytes off the heap, aligned to 4096
    /// @return whether there is anything but zeros in it; if not, `into` may hold anything
    boolean page(int number, MemorySegment into) throws IOException;
}
