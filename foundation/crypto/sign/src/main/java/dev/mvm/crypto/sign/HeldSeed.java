package dev.mvm.crypto.sign;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The seed of a key between two signatures: in [SecretMemory], or where this process may lock no memory, in memory of
/// the C library that is wiped when it is closed. It is never on the heap.
final class HeldSeed implements AutoCloseable {
    private final MemorySegment bytes;
    private final AutoCloseable memory;

    private HeldSeed(MemorySegment bytes, AutoCloseable memory) {
        this.bytes = bytes;
        this.memory = memory;
    }

    /// Copies a seed, which the caller wipes.
    @SuppressWarnings("MustBeClosedChecker") // the held seed owns the memory
    static HeldSeed of(byte[] seed) {
        HeldSeed held;
        try {
            var secret = SecretMemory.allocate(seed.length);
            held = new HeldSeed(secret.bytes(), secret);
        } catch (ErrnoException _) { // RLIMIT_MEMLOCK; an operator's command has to sign all the same
            var arena = Arena.ofShared();
            held = new HeldSeed(arena.allocate(seed.length), arena);
        }
        MemorySegment.copy(seed, 0, held.bytes, JAVA_BYTE, 0, seed.length);
        return held;
    }

    /// Returns the seed, to be handed to libcrypto and copied to nowhere else.
    MemorySegment bytes() {
        return bytes;
    }

    @Override
    public void close() {
        if (!bytes.scope().isAlive()) {
            return;
        }
        bytes.fill((byte) 0);
        try {
            memory.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("neither kind of memory fails to close", e);
        }
    }
}
