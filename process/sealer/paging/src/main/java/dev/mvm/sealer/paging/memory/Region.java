package dev.mvm.sealer.paging.memory;

/// A piece of a guest's memory.
///
/// @param address where it is in the VMM
/// @param bytes how long it is
/// @param offset where it is in the guest's memory as snapshots number it, in bytes
record Region(long address, long bytes, long offset) {
    long end() {
        return address + bytes;
    }
}
