package dev.mvm.protocol.hostd;

import dev.mvm.model.Bytes;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.IntFunction;

/// Cuts a byte stream into frames. Not thread-safe; each side of a connection has one for reading.
///
/// The buffers are direct and are reused for every frame, so that a round trip allocates nothing. A small frame
/// usually takes one read, which may bring bytes beyond the frame: a caller that passes the connection on to another
/// process after a frame passes [#ahead] on as well.
public final class HostdFrames {
    /// Most bytes of a frame after its length.
    public static final int MAX = 2 << 20;

    /// Most bytes that are read of a connection beyond the wanted frame.
    public static final int AHEAD = 4096;

    /// Source of the bytes: fills the buffer with at least one byte, and returns -1 at the end. A blocking socket.
    @FunctionalInterface
    public interface Source {
        int read(ByteBuffer into) throws IOException;
    }

    private final Source source;
    private final IntFunction<ByteBuffer> memory;

    /// Bytes that were read: the last frame, and those beyond it.
    private ByteBuffer buffer = ByteBuffer.allocateDirect(AHEAD);

    /// Size of the last frame, with its length.
    private int given;

    /// @param memory gives as many bytes, for frames of more than [#AHEAD]
    public HostdFrames(Source source, IntFunction<ByteBuffer> memory) {
        this.source = source;
        this.memory = memory;
    }

    /// Returns the next frame's type and body, valid until the next call; empty when the other side has closed
    /// between frames.
    ///
    /// @throws MalformedFrameException if the length is out of range
    /// @throws EOFException if the stream ends inside a frame
    public Optional<ByteBuffer> next() throws IOException {
        buffer.flip().position(given).compact();
        given = 0;
        if (!fill(Integer.BYTES)) {
            return Optional.empty();
        }
        int length = buffer.getInt(0);
        if (length < Short.BYTES || length > MAX) {
            throw new MalformedFrameException("frame length out of range");
        }
        int size = Integer.BYTES + length;
        if (size > buffer.capacity()) {
            int room = Math.min(Integer.BYTES + MAX, Math.max(size, buffer.capacity() * 2));
            buffer = memory.apply(room).put(buffer.flip());
        }
        var _ = fill(size); // some bytes are there, so it fills all or throws
        given = size;
        return Optional.of(buffer.slice(Integer.BYTES, length));
    }

    /// Keeps no memory of a frame of more than [#AHEAD] bytes, beyond which nothing was read.
    public void forget() {
        if (buffer.capacity() > AHEAD) {
            buffer = ByteBuffer.allocateDirect(AHEAD);
            given = 0;
        }
    }

    /// Returns the bytes that were read beyond the last frame, less than [#AHEAD].
    public Bytes ahead() {
        var beyond = new byte[buffer.position() - given];
        buffer.get(given, beyond);
        return Bytes.of(beyond);
    }

    /// Reads until there are `wanted` bytes, and more only as far as [#AHEAD]; returns false if the stream ends
    /// before the first of them.
    private boolean fill(int wanted) throws IOException {
        buffer.limit(Math.max(wanted, AHEAD));
        while (buffer.position() < wanted) {
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
