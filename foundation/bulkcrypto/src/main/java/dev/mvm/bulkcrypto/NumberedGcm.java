package dev.mvm.bulkcrypto;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.LibraryException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.LongBuffer;
import java.util.Objects;

/// AES-256-GCM for numbered pieces under one key, which libcrypto is told once: a piece's nonce is a base nonce XOR its
/// number, big-endian (as in RFC 8446 section 5.3); there is no associated data. A piece that is sealed is followed by
/// its tag of 16 bytes.
///
/// Guarantees: a piece opens under its own number only, and nothing of one whose tag does not fit is left. Does not
/// guarantee: that a number is sealed once. Whoever seals two pieces with one number has given them, and the key's
/// authentication, away.
///
/// Everything is off the heap. libcrypto keeps the key, expanded, in memory of its own, which it wipes at [#close]. Any
/// thread may use it, and who has it sees to it that one at a time does, also when closing: a lock for each piece would
/// be felt. Nothing is allocated for a piece.
public final class NumberedGcm implements AutoCloseable {
    /// Of the key and of the base nonce.
    public static final int KEY = 32;

    public static final int NONCE = Gcm.NONCE;

    /// By how much a sealed piece is longer.
    public static final int TAG = Gcm.TAG;

    // nonces are made for some pieces at once: between two pieces the processor waits for memory, and whatever else it
    // does there costs several times what it costs elsewhere
    private static final int NONCES = 16;
    private static final int SLOT = 16; // of a nonce, so that its number is aligned
    private static final int NONCE_AT = SLOT - NONCE;

    private final Gcm gcm;
    private final boolean seals;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment scratch = arena.allocate((NONCES + 1L) * SLOT, SLOT);
    private final LongBuffer nonces = scratch.asByteBuffer().asLongBuffer(); // quicker at first than a layout is
    private final long nonceAt = scratch.address() + NONCE_AT;
    private final long lengthAt = scratch.address() + (long) NONCES * SLOT;
    private final long base;
    private final long context;

    /// @param seals what it does: either seals or opens
    /// @param key 32 bytes
    /// @param baseNonce 12 bytes
    @MustBeClosed
    public NumberedGcm(Gcm gcm, boolean seals, MemorySegment key, MemorySegment baseNonce) throws LibraryException {
        if (key.byteSize() != KEY || baseNonce.byteSize() != NONCE) {
            throw new IllegalArgumentException("a key of 32 bytes and a nonce of 12");
        }
        this.gcm = gcm;
        this.seals = seals;
        this.base = baseNonce.asByteBuffer().getLong(NONCE - Long.BYTES);
        for (int i = 0; i < NONCES; i++) {
            scratch.asSlice((long) i * SLOT + NONCE_AT).copyFrom(baseNonce);
        }
        this.context = gcm.context(key, seals);
        if (context == 0) {
            arena.close();
            throw gcm.failure();
        }
    }

    /// Seals pieces that follow each other, of one size.
    ///
    /// @param first number of the first one, 0 or more; neither it nor those after it were sealed before
    /// @param count how many
    /// @param size of each in bytes: some KiB, for which the JVM can wait
    /// @param sealed where they go, each with 16 bytes more
    public void seal(
            long first, int count, MemorySegment plain, long plainAt, int size, MemorySegment sealed, long sealedAt)
            throws LibraryException {
        long from = place(plain, plainAt, count, size);
        long to = place(sealed, sealedAt, count, (long) size + TAG);
        if (!seals || run(first, count, from, size, to, (long) size + TAG, size) != count) {
            throw gcm.failure();
        }
    }

    /// Opens pieces that follow each other, of one size.
    ///
    /// @param first number of the first one
    /// @param count how many
    /// @param size of each, as it was before it was sealed
    /// @param plain where they go: zeros if not all open. Until this returns it may hold what is not authentic
    /// @return how many are the pieces that were sealed with these numbers, unaltered, before the first that is not
    public int open(
            long first, int count, MemorySegment sealed, long sealedAt, int size, MemorySegment plain, long plainAt) {
        long from = place(sealed, sealedAt, count, (long) size + TAG);
        long to = place(plain, plainAt, count, size);
        int opened = seals ? 0 : run(first, count, from, (long) size + TAG, to, size, size);
        if (opened != count) {
            gcm.refuse(plain.asSlice(plainAt, (long) count * size));
        }
        return opened;
    }

    private int run(long first, int count, long from, long fromStep, long to, long toStep, int size) {
        for (int i = 0; i < count; i++) {
            int slot = i % NONCES;
            if (slot == 0) {
                number(first + i, Math.min(NONCES, count - i));
            }
            long nonce = nonceAt + (long) slot * SLOT;
            if (!gcm.run(context, seals, nonce, lengthAt, from + i * fromStep, to + i * toStep, size)) {
                return i;
            }
        }
        return count;
    }

    private void number(long first, int count) {
        for (int i = 0; i < count; i++) {
            nonces.put(2 * i + 1, base ^ (first + i)); // the first use: fails once this is closed
        }
    }

    /// An address, which nothing checks any more after this.
    private static long place(MemorySegment memory, long at, int count, long size) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("not on the heap");
        }
        return memory.address() + Objects.checkFromIndexSize(at, count * size, memory.byteSize());
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            gcm.free(context);
            arena.close();
        }
    }
}
