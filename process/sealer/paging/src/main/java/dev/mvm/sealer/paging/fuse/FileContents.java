package dev.mvm.sealer.paging.fuse;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// What is in the files. An exception is an I/O error to the VMM, and ends the conversation.
public interface FileContents {
    /// Takes what the VMM writes. Pieces come in the VMM's order, one after another; nothing has looked at what is in
    /// them, and the same place may come twice.
    ///
    /// @param offset in bytes; with the piece at most the size that the file may have
    /// @param bytes from 1 to 1,048,576 of them, off the heap, somebody else's when this returns
    void write(FuseFile file, long offset, MemorySegment bytes) throws IOException;

    /// Gives what the VMM reads.
    ///
    /// @param offset in bytes
    /// @param into from 1 to 1,048,576 bytes that are within the file, off the heap, to be filled to the end
    void read(FuseFile file, long offset, MemorySegment into) throws IOException;
}
