package dev.mvm.sealer.paging.memory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Single pages for faults. It is used by one thread, another than that of a [PageSweep]: a file that two threads
/// cannot share is opened twice.
@FunctionalInterface
public interface PageSource {
    /// Gives one page.
    ///
    /// @param number below the number of the guest's pages
    /// @param into 4096 bytes off the heap, aligned to 4096
    /// @return whether the page is other than zeros; if false, `into` is undefined
    boolean page(int number, MemorySegment into) throws IOException;
}
