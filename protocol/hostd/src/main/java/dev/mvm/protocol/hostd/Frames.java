package dev.mvm.protocol.hostd;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Cuts a byte stream into frames. Not thread-safe; each side of a connection has one for reading.
///
/// The buffers are direct and are reused for every frame, so that a round trip allocates nothing.
public final class Frames {
    /// Most bytes that a frame may have after its length.
    public static final int MAX = 2 << 20;

    private static final int FIRST_SIZE = 4096;

    /// Where the bytes come from: fills what it can, at least one byte, and returns -1 at the end. A blocking socket.
    public interface Source {
        int read(ByteBuffer into) throws IOException;
    }

    private final Source source;
    private ByteBuffer buffer = ByteBuffer.allocateDirect(FIRST_SIZE).limit(0);

    public Frames(Source source) {
        this.source = source;
    }

    /// The next frame's type and body, valid until the next call; empty when the other side has closed between frames.
    ///
    /// @throws MalformedFrameException if the length is out of range
    /// @throws EOFException if the stream ends inside a frame
    public Optional<ByteBuffer> next() throws IOException {
        if (!fill(Integer.BYTES)) {
            return Optional.empty();
        }
        int length = buffer.getInt(buffer.position());
        if (length < Short.BYTES || length > MAX) {
            throw new MalformedFrameException("frame length out of range");
        }
        if (!fill(Integer.BYTES + length)) {
            throw new EOFException("the stream ends inside a frame");
        }
        int start = buffer.position() + Integer.BYTES;
        var frame = buffer.slice(start, length);
        buffer.position(start + length);
        return Optional.of(frame);
    }

    /// Reads until `wanted` bytes are there; false if the stream ends before the first of them.
    private boolean fill(int wanted) throws IOException {
        if (buffer.capacity() - buffer.position() < wanted) {
            makeRoom(wanted);
        }
        while (buffer.remaining() < wanted) {
            int filled = buffer.limit();
            int start = buffer.position();
            buffer.limit(buffer.capacity()).position(filled);
            int read = source.read(buffer);
            buffer.limit(Math.max(filled, buffer.position())).position(start);
            if (read < 0) {
                if (filled > start) {
                    throw new EOFException("the stream ends inside a frame");
                }
                return false;
            }
        }
        return true;
    }

    private void makeRoom(int wanted) {
        if (wanted <= buffer.capacity()) {
            buffer.compact().flip();
        } else {
            int size = Math.min(Integer.BYTES + MAX, Math.max(wanted, buffer.capacity() * 2));
            buffer = ByteBuffer.allocateDirect(size).put(buffer).flip();
        }
    }
}
