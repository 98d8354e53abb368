package dev.mvm.sealer.paging.fuse;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Contents of the files. An exception is an I/O error to the VMM, and ends the exchange.
public interface FileContents {
    /// Takes a piece that the VMM writes. Pieces come in the VMM's order, one after another. They are unchecked,
    /// and may overlap earlier ones.
    ///
    /// @param offset in bytes; with the piece at most the size that the file may have
    /// @param bytes 1 to 1,048,576 of them, off the heap, valid until this returns
    void write(FuseFile file, long offset, MemorySegment bytes) throws IOException;

    /// Gives a piece that the VMM reads.
    ///
    /// @param offset in bytes
    /// @param into 1 to 1,048,576 bytes that are within the file, off the heap, to be filled completely
    void read(FuseFile file, long offset, MemorySegment into) throws IOException;
}
