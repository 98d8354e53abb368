package dev.mvm.sealer.paging.memory;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.Mapped;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;

/// A page of memory that another process has handed over, wiped when closed; mmap(2).
public final class HandedPage implements AutoCloseable {
    public static final int SIZE = 4096;

    private static final int READ_WRITE = 3; // PROT_READ | PROT_WRITE, asm-generic/mman-common.h
    private static final int MAP_SHARED = 1; // linux/mman.h

    private final Arena arena = Arena.ofShared();
    private final MemorySegment bytes;

    /// @param memory at least a page long, else its use ends the process (SIGBUS); may be closed afterwards
    @MustBeClosed
    public HandedPage(Fd memory) throws ErrnoException {
        long address = SystemCall.MMAP.call(0, SIZE, READ_WRITE, MAP_SHARED, memory.number());
        bytes = Mapped.at(address, SIZE, arena, () -> SystemCall.MUNMAP.attempt(address, SIZE, 0, 0, 0, 0));
    }

    public MemorySegment bytes() {
        return bytes;
    }

    @Override
    public void close() {
        bytes.fill((byte) 0);
        arena.close();
    }

    /// Returns whether a descriptor is one of memfd_secret(2), by the name that the kernel gives such a file.
    public static boolean isSecret(Fd fd) {
        try {
            return Files.readSymbolicLink(fd.path()).toString().equals("/secretmem (deleted)");
        } catch (IOException e) {
            return false;
        }
    }
}
