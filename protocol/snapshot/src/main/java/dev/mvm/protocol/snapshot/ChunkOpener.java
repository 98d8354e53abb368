package dev.mvm.protocol.snapshot;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.model.Bytes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// Opens any part of a stream without the rest. Nothing is given out before the tag of its chunk has been verified,
/// and the length of the stream is authentic from the beginning. Any thread may use it; one at a time does.
public final class ChunkOpener implements AutoCloseable {
    private static final int BATCH = 16; // chunks that are read at once

    private final Cobblestone.StreamKey key;
    private final Source source;
    private final long plainSize;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment sealed;
    private final MemorySegment chunk;
    private long held = -1; // the number of the chunk that is open

    /// Source of sealed bytes, which is not trusted to return what was written.
    public interface Source {
        /// Returns the number of bytes.
        long size() throws IOException;

        /// Fills `into` with the bytes at `offset`.
        void read(long offset, MemorySegment into) throws IOException;
    }

    /// Opens a stream: its header, and its last chunk, which tells its length.
    ///
    /// @param inputKey 32 bytes off the heap, which are not needed after this
    /// @throws SnapshotException `truncated`, `too_large`, `commitment`, `altered`
    @MustBeClosed
    public ChunkOpener(Cobblestone cobblestone, MemorySegment inputKey, byte[] context, Source source)
            throws IOException {
        this.source = source;
        this.plainSize = Cobblestone.plainSize(source.size());
        try (var local = Arena.ofConfined()) {
            var header = local.allocate(Cobblestone.HEADER);
            source.read(0, header);
            this.key = cobblestone.openingKey(inputKey, context, header);
        }
        this.sealed = arena.allocate(BATCH * Cobblestone.SEALED_CHUNK, Long.BYTES);
        this.chunk = arena.allocate(Cobblestone.CHUNK, Long.BYTES);
        try {
            hold(plainSize / Cobblestone.CHUNK);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /// Bytes in the stream.
    public long plainSize() {
        return plainSize;
    }

    /// Salt and commitment.
    Bytes header() {
        return key.header();
    }

    /// Opens what is at `at`, which fits into the stream.
    ///
    /// @param into off the heap, filled to its end; zeros after an exception. Nobody else may look at it meanwhile
    /// @throws SnapshotException `altered`
    public synchronized void read(long at, MemorySegment into) throws IOException {
        long size = into.byteSize();
        Objects.checkFromIndexSize(at, size, plainSize);
        try {
            for (long done = 0; done < size; ) {
                long number = (at + done) / Cobblestone.CHUNK;
                int skip = (int) ((at + done) % Cobblestone.CHUNK);
                int whole = (int) Math.min(BATCH, (size - done) / Cobblestone.CHUNK);
                if (skip == 0 && whole > 0) {
                    open(number, whole, Cobblestone.CHUNK, into, done);
                    done += (long) whole * Cobblestone.CHUNK;
                } else {
                    hold(number);
                    long step = Math.min(Cobblestone.CHUNK - skip, size - done);
                    MemorySegment.copy(chunk, skip, into, done, step);
                    done += step;
                }
            }
        } catch (IOException e) {
            into.fill((byte) 0);
            throw e;
        }
    }

    private void hold(long number) throws IOException {
        if (held != number) {
            held = -1;
            open(number, 1, (int) Math.min(Cobblestone.CHUNK, plainSize - number * Cobblestone.CHUNK), chunk, 0);
            held = number;
        }
    }

    private void open(long first, int count, int size, MemorySegment into, long at) throws IOException {
        long from = Cobblestone.HEADER + first * Cobblestone.SEALED_CHUNK;
        source.read(from, sealed.asSlice(0, (long) count * (size + Cobblestone.TAG)));
        int opened = key.cipher().open(first, count, sealed, 0, size, into, at);
        if (opened < count) {
            throw new SnapshotException(SnapshotReason.ALTERED, "chunk " + (first + opened));
        }
    }

    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            key.close();
            chunk.fill((byte) 0);
            arena.close();
        }
    }
}
