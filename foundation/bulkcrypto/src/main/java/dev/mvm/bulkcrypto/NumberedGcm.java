package dev.mvm.bulkcrypto;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.LibraryException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
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

    private static final int NUMBER = NONCE - Long.BYTES; // where the number is in a nonce

    private final Gcm gcm;
    private final boolean seals;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment scratch = arena.allocate(Gcm.SCRATCH, Long.BYTES);
    private final ByteBuffer nonce = scratch.asByteBuffer(); // quicker the first time than a layout is
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
        this.base = baseNonce.asByteBuffer().getLong(NUMBER);
        scratch.copyFrom(baseNonce);
        this.context = gcm.context(key, seals);
        if (context == 0) {
            arena.close();
            throw gcm.failure();
        }
    }

    /// Seals one piece.
    ///
    /// @param number 0 or more, never one that was sealed before
    /// @param size of the piece in bytes: some KiB, for which the JVM can wait
    /// @param sealed where it goes, `size` and 16 bytes
    public void seal(long number, MemorySegment plain, long plainAt, int size, MemorySegment sealed, long sealedAt)
            throws LibraryException {
        long from = place(plain, plainAt, size);
        long to = place(sealed, sealedAt, (long) size + TAG);
        if (!seals || !run(number, from, to, size)) {
            throw gcm.failure();
        }
    }

    /// Opens one piece.
    ///
    /// @param size of what was sealed, without the tag
    /// @param plain where it goes: zeros if it does not open. Until this returns it may hold what is not authentic
    /// @return whether it is the piece that was sealed with this number, unaltered
    public boolean open(long number, MemorySegment sealed, long sealedAt, int size, MemorySegment plain, long plainAt) {
        long from = place(sealed, sealedAt, (long) size + TAG);
        boolean opened = !seals && run(number, from, place(plain, plainAt, size), size);
        if (!opened) {
            gcm.refuse(plain.asSlice(plainAt, size));
        }
        return opened;
    }

    private boolean run(long number, long from, long to, int size) {
        nonce.putLong(NUMBER, base ^ number); // the first use: fails once this is closed
        return gcm.run(context, seals, scratch.address(), from, to, size);
    }

    /// An address, which nothing checks any more after this.
    private static long place(MemorySegment memory, long at, long size) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("not on the heap");
        }
        return memory.address() + Objects.checkFromIndexSize(at, size, memory.byteSize());
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            gcm.free(context);
            arena.close();
        }
    }
}
