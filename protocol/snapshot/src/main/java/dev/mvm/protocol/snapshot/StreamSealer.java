package dev.mvm.protocol.snapshot;

import com.google.errorprone.annotations.MustBeClosed;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// Seals a stream as it comes. Any thread may use it; one at a time does. After an exception it can only be closed.
public final class StreamSealer implements AutoCloseable {
    private static final int CHUNKS = 16; // which are sealed and go out together
    private static final int BATCH = Cobblestone.HEADER + CHUNKS * Cobblestone.SEALED_CHUNK;

    // what is sealed is at the beginning of pages, mostly: a processor takes a read just ahead of a write in other
    // pages for one of what is being written, so they are kept apart by half a page
    private static final int APART = Machine.PAGE / 2;

    private final Cobblestone.StreamKey key;
    private final Sink sink;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment chunk = arena.allocate(Cobblestone.CHUNK, Long.BYTES);
    private final MemorySegment out =
            arena.allocate(APART + BATCH, Machine.PAGE).asSlice(APART);
    private int filled; // of the chunk
    private int pending; // of what goes out
    private long chunks;
    private boolean finished;

    /// Destination of sealed bytes, one piece after another.
    @FunctionalInterface
    public interface Sink {
        /// Takes all of `piece`, which is somebody else's again when this returns.
        void write(MemorySegment piece) throws IOException;
    }

    /// Begins a stream.
    ///
    /// @param key 32 uniformly random bytes off the heap, which are not needed after this
    /// @param context what the stream is: it opens with nothing else
    @MustBeClosed
    public StreamSealer(Cobblestone cobblestone, MemorySegment key, byte[] context, Sink sink) throws IOException {
        this(cobblestone.sealingKey(key, context), sink);
    }

    @MustBeClosed
    StreamSealer(Cobblestone.StreamKey key, Sink sink) {
        this.key = key;
        this.sink = sink;
        MemorySegment.copy(MemorySegment.ofArray(key.header().array()), 0, out, 0, Cobblestone.HEADER);
        this.pending = Cobblestone.HEADER;
    }

    /// Takes the next bytes.
    ///
    /// @param from off the heap
    public synchronized void write(MemorySegment from, long at, long size) throws IOException {
        Objects.checkFromIndexSize(at, size, from.byteSize());
        if (finished) {
            throw new IllegalStateException("the stream has ended");
        }
        for (long done = 0; done < size; ) {
            int whole = (int) Math.min((size - done) / Cobblestone.CHUNK, CHUNKS);
            if (filled == 0 && whole > 0) { // whole chunks are not copied first
                done += (long) seal(from, at + done, whole, Cobblestone.CHUNK) * Cobblestone.CHUNK;
                continue;
            }
            int step = (int) Math.min(Cobblestone.CHUNK - filled, size - done);
            MemorySegment.copy(from, at + done, chunk, filled, step);
            filled += step;
            if (filled == Cobblestone.CHUNK) {
                seal(chunk, 0, 1, filled);
                filled = 0;
            }
            done += step;
        }
    }

    /// Ends the stream; everything has gone to the sink after this.
    public synchronized void finish() throws IOException {
        if (!finished) {
            finished = true;
            seal(chunk, 0, 1, filled);
            flush();
        }
    }

    /// Returns the facts of the sealed stream.
    public synchronized StreamFacts facts() {
        if (!finished) {
            throw new IllegalStateException("the stream has not ended");
        }
        return new StreamFacts(
                (chunks - 1) * Cobblestone.CHUNK + filled, key.header().digest());
    }

    /// Seals as many chunks as there is room for, and at least one.
    private int seal(MemorySegment from, long at, int count, int size) throws IOException {
        if (pending + Cobblestone.SEALED_CHUNK > BATCH) {
            flush();
        }
        int some = Math.min(count, (BATCH - pending) / Cobblestone.SEALED_CHUNK);
        long number = chunks;
        chunks += some; // before anything can fail: no number is ever used twice
        if (chunks > Cobblestone.MAX_CHUNKS) {
            throw new SnapshotException(SnapshotReason.TOO_LARGE, "more than a stream can hold");
        }
        key.cipher().seal(number, some, from, at, size, out, pending);
        pending += some * (size + Cobblestone.TAG);
        return some;
    }

    private void flush() throws IOException {
        sink.write(out.asSlice(0, pending));
        pending = 0;
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
