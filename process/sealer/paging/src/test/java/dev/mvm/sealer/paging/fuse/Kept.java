package dev.mvm.sealer.paging.fuse;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Contents on the heap, with the lengths of the pieces that were written.
final class Kept implements FileContents {
    final byte[] memory = new byte[FuseConnectionTest.MEMORY];
    final byte[] vmstate = new byte[FuseConnectionTest.VMSTATE];
    final List<Integer> pieces = new ArrayList<>();

    private byte[] of(FuseFile file) {
        return file == FuseFile.MEMORY ? memory : vmstate;
    }

    @Override
    public void write(FuseFile file, long offset, MemorySegment bytes) {
        MemorySegment.copy(bytes, 0, MemorySegment.ofArray(of(file)), offset, bytes.byteSize());
        pieces.add((int) bytes.byteSize());
    }

    @Override
    public void read(FuseFile file, long offset, MemorySegment into) {
        MemorySegment.copy(MemorySegment.ofArray(of(file)), offset, into, 0, into.byteSize());
    }
}
