package dev.mvm.protocol.keyd.service;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Optional;

/// A frame of the key service's sockets: u32 length of what follows, u16 type, body.
///
/// @param type 0 to 65,535
/// @param body read-only
public record KeydFrame(int type, ByteBuffer body) {
    /// Most bytes after the length.
    public static final int MAX = 4 << 20;

    /// Most bytes after the length on the socket for documents.
    public static final int MAX_OF_DOCUMENTS = 512 << 10;

    private static final int FIRST = 64 << 10;

    public KeydFrame {
        body = body.asReadOnlyBuffer();
    }

    /// Reads a frame. Its memory grows with what has come, and not with what was announced.
    ///
    /// @param from blocks until there is a byte
    /// @param most bytes after the length, at most [#MAX]
    /// @return empty if the other side has closed between frames
    /// @throws MalformedFrameException if the length is out of range
    /// @throws EOFException if the stream ends inside a frame
    public static Optional<KeydFrame> read(ReadableByteChannel from, int most) throws IOException {
        var header = ByteBuffer.allocate(Integer.BYTES);
        if (from.read(header) < 0) {
            return Optional.empty();
        }
        fill(from, header);
        int length = header.getInt(0);
        if (length < Short.BYTES || length > Math.min(most, MAX)) {
            throw new MalformedFrameException("the frame's length is out of range");
        }
        var content = ByteBuffer.allocate(Math.min(length, FIRST));
        fill(from, content);
        while (content.capacity() < length) {
            content = ByteBuffer.allocate(Math.min(length, 2 * content.capacity()))
                    .put(content.flip());
            fill(from, content);
        }
        content.flip();
        return Optional.of(new KeydFrame(Short.toUnsignedInt(content.getShort()), content.slice()));
    }

    private static void fill(ReadableByteChannel from, ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (from.read(into) < 0) {
                throw new EOFException("the stream ends inside a frame");
            }
        }
    }

    /// Writes a frame that [KeydRequests] or [KeydReplies] made.
    public static void write(ByteBuffer frame, WritableByteChannel to) throws IOException {
        while (frame.hasRemaining()) {
            var _ = to.write(frame);
        }
    }
}
