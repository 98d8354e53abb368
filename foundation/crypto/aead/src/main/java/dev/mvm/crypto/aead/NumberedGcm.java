package dev.mvm.crypto.aead;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.LibraryException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// AES-256-GCM for numbered pieces under one key, which libcrypto gets once: a piece's nonce is a base nonce
/// XOR its number, big-endian (as in RFC 8446 section 5.3); there is no associated data. A piece that is sealed
/// is followed by its tag of 16 bytes.
///
/// Guarantees: a piece opens under its own number only, and nothing of one whose tag does not fit is left. Does
/// not guarantee: that a number is sealed once. Sealing two pieces with one number gives both away, and the
/// key's authentication too.
///
/// Keys and contents are off the heap. libcrypto keeps the key, expanded, in memory of its own, which it wipes at
/// [#close]. Any thread may use it, and who has it sees to it that one at a time does, also when closing: a lock for
/// each piece would be felt. Nothing is allocated for a piece.
public final class NumberedGcm implements AutoCloseable {
    /// Bytes of the key.
    public static final int KEY = 32;

    public static final int NONCE = Gcm.NONCE;

    /// By how much a sealed piece is longer.
    public static final int TAG = Gcm.TAG;

    private static final int GROUP = 16; // pieces that libcrypto's arguments are made ready for at once

    private final Gcm gcm;
    private final boolean seals;
    private final Arena arena = Arena.ofShared();
    private final GcmBatch pieces;
    private final long lengthAt = arena.allocate(Long.BYTES).address();
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
        this.pieces = new GcmBatch(arena, GROUP, baseNonce);
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
        for (int done = 0; done < count; done += GROUP) {
            int some = Math.min(GROUP, count - done);
            int worked = group(first + done, some, from + done * fromStep, fromStep, to + done * toStep, toStep, size);
            if (worked != some) {
                return done + worked;
            }
        }
        return count;
    }

    private int group(long first, int count, long from, long fromStep, long to, long toStep, int size) {
        pieces.number(first, count); // the first use: fails once this is closed
        pieces.tagged((seals ? to : from) + size, (long) size + TAG);
        for (int i = 0; i < count; i++) {
            long pieceFrom = from + i * fromStep;
            long pieceTo = to + i * toStep;
            if (!gcm.run(context, seals, pieces.nonce(i), pieces.tag(i), lengthAt, pieceFrom, pieceTo, size)) {
                return i;
            }
        }
        return count;
    }

    /// Returns the address of a piece, after the last check of its bounds.
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
