package dev.mvm.sealer.paging.memory;

/// A contiguous region of a guest's memory.
///
/// @param address its address in the VMM
/// @param bytes its length
/// @param offset its offset in the guest's memory as snapshots number it, in bytes
record Region(long address, long bytes, long offset) {
    long end() {
        return address + bytes;
    }
}
