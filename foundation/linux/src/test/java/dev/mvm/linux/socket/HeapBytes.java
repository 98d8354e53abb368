package dev.mvm.linux.socket;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Parts of arrays through a stream, which takes off-heap memory alone.
final class HeapBytes {
    private HeapBytes() {}

    static int read(UnixStream stream, byte[] into, int offset, int length, Deadline deadline) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocate(length);
            int got = stream.read(memory, deadline);
            MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, into, offset, Math.max(got, 0));
            return got;
        }
    }

    static void write(UnixStream stream, byte[] from, int offset, int length, Deadline deadline) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocate(length);
            MemorySegment.copy(from, offset, memory, ValueLayout.JAVA_BYTE, 0, length);
            stream.write(memory, deadline);
        }
    }
}
