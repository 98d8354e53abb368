package dev.mvm.protocol.snapshot;

import com.google.errorprone.annotations.MustBeClosed;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Opens a stream as it comes, which nothing that has files needs: a third way to open what two others open. What has
/// been given out is authentic, and until [#finish] has returned it may not be
/// all.
/// Any thread may use it; one at a time does. After an exception it can only be closed.
final class StreamOpener implements AutoCloseable {
    private final Cobblestone cobblestone;
    private final MemorySegment inputKey;
    private final byte[] context;
    private final StreamSealer.Sink sink;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment in = arena.allocate(Cobblestone.SEALED_CHUNK, Long.BYTES);
    private final MemorySegment chunk = arena.allocate(Cobblestone.CHUNK, Long.BYTES);
    private Cobblestone.@Nullable StreamKey key;
    private int filled;
    private long chunks;
    private boolean ended;

    /// Begins.
    ///
    /// @param inputKey 32 bytes off the heap, which are needed until the first 56 bytes have come
    /// @param sink where contents go, chunk by chunk
    @MustBeClosed
    StreamOpener(Cobblestone cobblestone, MemorySegment inputKey, byte[] context, StreamSealer.Sink sink) {
        this.cobblestone = cobblestone;
        this.inputKey = inputKey;
        this.context = context.clone();
        this.sink = sink;
    }

    /// Takes the next bytes.
    ///
    /// @throws SnapshotException `commitment`, `altered`, `too_large`
    synchronized void write(MemorySegment from, long at, long size) throws IOException {
        Objects.checkFromIndexSize(at, size, from.byteSize());
        begin();
        for (long done = 0; done < size; ) {
            int whole = key == null ? Cobblestone.HEADER : Cobblestone.SEALED_CHUNK;
            int step = (int) Math.min(whole - filled, size - done);
            MemorySegment.copy(from, at + done, in, filled, step);
            filled += step;
            done += step;
            if (filled == whole) { // a chunk of this length is never the last
                take();
            }
        }
    }

    /// Says that there is no more.
    ///
    /// @throws SnapshotException `truncated`, `altered`
    synchronized void finish() throws IOException {
        begin();
        ended = true;
        if (key == null || filled < Cobblestone.TAG) {
            throw new SnapshotException(SnapshotReason.TRUNCATED, "the stream ends without its last chunk");
        }
        take();
        ended = true;
    }

    private void begin() {
        if (ended) {
            throw new IllegalStateException("the stream has ended or does not open");
        }
    }

    private void take() throws IOException {
        ended = true; // unless all goes well
        var current = key;
        if (current == null) {
            key = cobblestone.openingKey(inputKey, context, in.asSlice(0, Cobblestone.HEADER));
        } else {
            int size = filled - Cobblestone.TAG;
            if (chunks >= Cobblestone.MAX_CHUNKS) {
                throw new SnapshotException(SnapshotReason.TOO_LARGE, "more than a stream can hold");
            }
            if (current.cipher().open(chunks, 1, in, 0, size, chunk, 0) != 1) {
                throw new SnapshotException(SnapshotReason.ALTERED, "chunk " + chunks);
            }
            chunks++;
            sink.write(chunk.asSlice(0, size));
        }
        filled = 0;
        ended = false;
    }

    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            if (key != null) {
                key.close();
            }
            chunk.fill((byte) 0);
            arena.close();
        }
    }
}
