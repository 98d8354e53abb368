package dev.mvm.crypto.aead;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.LongBuffer;

/// Arguments to libcrypto for consecutive pieces: the nonce of each and the address of its tag, as an
/// OSSL_PARAM(3). EVP_CIPHER_CTX_ctrl(3) makes that anew every time, which costs as much as to begin a piece.
///
/// All of it is written before the first piece: between two of them the processor waits for memory, and whatever it
/// does there costs several times what it costs elsewhere. A piece has a line of its cache.
final class GcmBatch {
    // in words of eight bytes; struct ossl_param_st, openssl/core.h
    private static final int KEY = 0;
    private static final int TYPE = 1;
    private static final int DATA = 2;
    private static final int SIZE = 3;
    // the list ends with an entry without a key
    private static final int NONCE = 6; // the last twelve bytes of two words, so that the number is aligned
    private static final int NUMBER = 7;
    private static final int PIECE = 8;

    private static final long OCTET_STRING = 5; // OSSL_PARAM_OCTET_STRING, as above
    private static final String TAG = "tag"; // OSSL_CIPHER_PARAM_AEAD_TAG, openssl/core_names.h
    private static final int LINE = PIECE * Long.BYTES;
    private static final int NONCE_AT = (NONCE + 2) * Long.BYTES - Gcm.NONCE;

    private final int count;
    private final long base;
    private final LongBuffer words; // quicker at first than a layout is
    private final LongBuffer bigEndian;
    private final long address;
    private long tagsAt;
    private long tagStep;

    /// @param arena in which it is kept
    /// @param count of pieces, at most
    /// @param baseNonce 12 bytes
    GcmBatch(Arena arena, int count, MemorySegment baseNonce) {
        var memory = arena.allocate((long) count * LINE, LINE);
        long key = arena.allocateFrom(TAG).address();
        this.count = count;
        this.base = baseNonce.asByteBuffer().getLong(Gcm.NONCE - Long.BYTES);
        this.address = memory.address();
        this.words = memory.asByteBuffer().order(ByteOrder.nativeOrder()).asLongBuffer();
        this.bigEndian = memory.asByteBuffer().order(ByteOrder.BIG_ENDIAN).asLongBuffer();
        for (int piece = 0; piece < count; piece++) {
            int word = piece * PIECE;
            words.put(word + KEY, key).put(word + TYPE, OCTET_STRING).put(word + SIZE, Gcm.TAG);
            memory.asSlice((long) piece * LINE + NONCE_AT).copyFrom(baseNonce);
        }
    }

    /// Numbers the pieces: a nonce is the base nonce XOR a number, big-endian.
    void number(long first, int some) {
        for (int piece = 0; piece < some; piece++) {
            bigEndian.put(piece * PIECE + NUMBER, base ^ (first + piece));
        }
    }

    /// Says where tags are. Nothing is done if they are where the last ones were: what is sealed mostly goes to,
    /// and comes from, the same memory again.
    ///
    /// @param first address of the first tag
    /// @param step bytes from one to the next
    void tagged(long first, long step) {
        if (tagsAt != first || tagStep != step) {
            for (int piece = 0; piece < count; piece++) {
                words.put(piece * PIECE + DATA, first + piece * step);
            }
            tagsAt = first;
            tagStep = step;
        }
    }

    /// The address of a nonce.
    ///
    /// @param piece from 0 on
    long nonce(int piece) {
        return address + (long) piece * LINE + NONCE_AT;
    }

    /// The address of what says where a tag is.
    ///
    /// @param piece from 0 on
    long tag(int piece) {
        return address + (long) piece * LINE;
    }
}
