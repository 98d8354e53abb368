package dev.mvm.sealer;

import dev.mvm.protocol.snapshot.Cobblestone;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Buffer for plaintext of a guest: off the heap, whole chunks, wiped when closed.
final class PlainBuffer implements AutoCloseable {
    private static final int CHUNKS = 64;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment bytes = arena.allocate(CHUNKS * (long) Cobblestone.CHUNK, Cobblestone.CHUNK);

    MemorySegment bytes() {
        return bytes;
    }

    @Override
    public void close() {
        bytes.fill((byte) 0);
        arena.close();
    }
}
