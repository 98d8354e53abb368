package dev.mvm.protocol.hostd;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Cuts a byte stream into frames. Not thread-safe; each side of a connection has one for reading.
///
/// The buffers are direct and are reused for every frame, so that a round trip allocates nothing. No byte beyond
/// a frame is read, so that the connection can be passed on to another process after any of them.
public final class Frames {
    /// Most bytes that a frame may have after its length.
    public static final int MAX = 2 << 20;

    private static final int FIRST_SIZE = 4096;

    /// Where the bytes come from: fills what it can, at least one byte, and returns -1 at the end. A blocking socket.
    public interface Source {
        int read(ByteBuffer into) throws IOException;
    }

    private final Source source;
    private ByteBuffer buffer = ByteBuffer.allocateDirect(FIRST_SIZE);

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
        int length = buffer.getInt(0);
        if (length < Short.BYTES || length > MAX) {
            throw new MalformedFrameException("frame length out of range");
        }
        if (length > buffer.capacity()) {
            buffer = ByteBuffer.allocateDirect(Math.min(MAX, Math.max(length, buffer.capacity() * 2)));
        }
        if (!fill(length)) {
            throw new EOFException("the stream ends inside a frame");
        }
        return Optional.of(buffer.slice(0, length));
    }

    /// Reads `wanted` bytes; false if the stream ends before the first of them.
    private boolean fill(int wanted) throws IOException {
        buffer.clear().limit(wanted);
        while (buffer.hasRemaining()) {
            if (source.read(buffer) < 0) {
                if (buffer.position() > 0) {
                    throw new EOFException("the stream ends inside a frame");
                }
                return false;
            }
        }
        return true;
    }
}
