package dev.mvm.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory that mmap(2) has returned.
public final class Mapped {
    private Mapped() {}

    /// That memory as a segment.
    ///
    /// @param size in bytes, at most what was mapped
    /// @param arena whose end is the segment's
    /// @param unmap what gives the memory back, run once when the arena is closed
    @SuppressWarnings("restricted") // a caller of mmap(2) knows what it has mapped
    public static MemorySegment at(long address, long size, Arena arena, Runnable unmap) {
        return MemorySegment.ofAddress(address).reinterpret(size, arena, _ -> unmap.run());
    }
}
