package dev.mvm.protocol.snapshot;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.crypto.aead.Gcm;
import dev.mvm.crypto.aead.NumberedGcm;
import dev.mvm.crypto.aead.Randomness;
import dev.mvm.crypto.aead.WideHkdf;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.libcrypto.AesGcm;
import dev.mvm.linux.libcrypto.Hkdf;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.model.Bytes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// Chunked encryption as c2sp.org/chunked-encryption has it, version 1, in its instantiation Cobblestone-256:
/// HKDF-Expand with SHA-512, AES-256-GCM, chunks of 16 KiB of which the last is always shorter. A sealed stream
/// is salt, commitment and sealed chunks.
///
/// Guarantees: chunks cannot be altered, moved, dropped or added, and a stream opens with its own key and context
/// only. Does not guarantee: that a stream is the newest of its key and context.
public final class Cobblestone {
    /// Bytes of an input key.
    public static final int KEY = NumberedGcm.KEY;

    /// Bytes in every chunk but the last.
    public static final int CHUNK = 16 << 10;

    /// Salt and commitment, before the first chunk.
    public static final int HEADER = 56;

    static final int TAG = NumberedGcm.TAG;
    static final int SEALED_CHUNK = CHUNK + TAG;
    static final long MAX_CHUNKS = 1L << 38;

    private static final int SALT = 24;
    private static final int COMMITMENT = HEADER - SALT;
    private static final String LABEL = "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";

    final Randomness random;
    final AesGcm wrap;
    final Hkdf hkdf;
    private final Gcm gcm;
    private final WideHkdf wide;

    public Cobblestone(Libcrypto libcrypto) throws MissingLibraryException {
        this.random = new Randomness(libcrypto);
        this.wrap = new AesGcm(libcrypto);
        this.hkdf = new Hkdf(libcrypto);
        this.gcm = new Gcm(libcrypto);
        this.wide = new WideHkdf(libcrypto);
    }

    /// The length of a sealed stream.
    ///
    /// @param plain bytes in it, less than 4 PiB
    public static long sealedSize(long plain) {
        return HEADER + plain + (plain / CHUNK + 1) * TAG;
    }

    /// Returns the size in bytes of a sealed stream with plaintext of the given length.
    ///
    /// @throws SnapshotException `truncated` if no stream has that length, `too_large`
    public static long plainSize(long sealed) throws SnapshotException {
        long chunks = (sealed - HEADER) / SEALED_CHUNK;
        long last = (sealed - HEADER) % SEALED_CHUNK;
        if (sealed < HEADER || last < TAG) {
            throw new SnapshotException(SnapshotReason.TRUNCATED, "no stream has " + sealed + " bytes");
        }
        if (chunks >= MAX_CHUNKS) {
            throw new SnapshotException(SnapshotReason.TOO_LARGE, "a stream of " + sealed + " bytes");
        }
        return chunks * CHUNK + last - TAG;
    }

    /// For a stream that is going to be sealed: its salt is random.
    StreamKey sealingKey(MemorySegment key, byte[] context) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var salt = arena.allocate(SALT);
            random.fill(salt);
            return derive(true, key, salt, context);
        }
    }

    /// For a stream that has a header.
    ///
    /// @throws SnapshotException `commitment`
    StreamKey openingKey(MemorySegment key, byte[] context, MemorySegment header) throws IOException {
        var derived = derive(false, key, header.asSlice(0, SALT), context);
        if (!derived.header().equals(Bytes.of(header.toArray(JAVA_BYTE)))) {
            derived.close();
            throw new SnapshotException(SnapshotReason.COMMITMENT, "the stream is not of this key and context");
        }
        return derived;
    }

    /// @param key 32 uniformly random bytes, off the heap
    /// @param salt 24 bytes, another one for each stream
    @SuppressWarnings("MustBeClosedChecker") // the stream's, which has to be closed
    StreamKey derive(boolean seals, MemorySegment key, MemorySegment salt, byte[] context) throws IOException {
        if (key.byteSize() != KEY) {
            throw new IllegalArgumentException("a key has " + KEY + " bytes");
        }
        var info = ByteBuffer.allocate(LABEL.length() + SALT + context.length)
                .put(LABEL.getBytes(US_ASCII))
                .put(salt.asByteBuffer())
                .put(context);
        try (var secret = wide.expand(key, info.array(), KEY + NumberedGcm.NONCE + COMMITMENT)) {
            var bytes = secret.bytes();
            var header = ByteBuffer.allocate(HEADER)
                    .put(salt.asByteBuffer())
                    .put(bytes.asSlice(KEY + NumberedGcm.NONCE, COMMITMENT).asByteBuffer());
            var cipher = new NumberedGcm(gcm, seals, bytes.asSlice(0, KEY), bytes.asSlice(KEY, NumberedGcm.NONCE));
            return new StreamKey(cipher, Bytes.of(header.array()));
        }
    }

    /// Keys of one stream.
    ///
    /// @param header salt and commitment, which are not secret
    record StreamKey(NumberedGcm cipher, Bytes header) implements AutoCloseable {
        @Override
        public void close() {
            cipher.close();
        }
    }
}
