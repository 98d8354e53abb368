package dev.mvm.protocol.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Cuts a byte stream into frames. One buffer of fixed size serves all of them, so that a length that the other side
/// claims allocates nothing. Not thread-safe.
final class GuestFrames {
    static final byte MAGIC = (byte) 0xA5;

    private static final int BUFFER = 2 * (GuestLimits.HEADER + GuestLimits.MAX_PAYLOAD);

    /// Source of the bytes, see [GuestTransport#read].
    interface Source {
        int read(ByteBuffer into) throws IOException;
    }

    /// Returns whether the wanted frame begins at `at`. May read as many bytes as were asked for.
    interface Pattern {
        boolean matches(ByteBuffer bytes, int at);
    }

    /// A frame with a valid header.
    ///
    /// @param type 0 to 255
    /// @param stream not negative unless the frame is to be refused
    /// @param payload valid until the next frame is read
    record Frame(int type, int stream, ByteBuffer payload) {}

    private final Source source;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER).limit(0);

    GuestFrames(Source source) {
        this.source = source;
    }

    /// Returns the next frame, after any zero bytes; empty when the stream has ended, even inside a frame.
    ///
    /// @throws ProtocolViolationException if the header breaks a rule
    Optional<Frame> next() throws IOException {
        do {
            if (!fill(1)) {
                return Optional.empty();
            }
        } while (skippedZero());
        if (!fill(GuestLimits.HEADER)) {
            return Optional.empty();
        }
        int start = buffer.position();
        int length = payloadLength(start);
        if (!fill(GuestLimits.HEADER + length)) {
            return Optional.empty();
        }
        start = buffer.position();
        int type = Byte.toUnsignedInt(buffer.get(start + 1));
        var payload = buffer.slice(start + GuestLimits.HEADER, length);
        buffer.position(start + GuestLimits.HEADER + length);
        return Optional.of(new Frame(type, buffer.getInt(start + 4), payload));
    }

    /// Discards bytes up to the place where `pattern`, which needs `size` of them, matches.
    ///
    /// @param most bytes to discard
    /// @return false if the stream ends first
    /// @throws ProtocolViolationException if there is no match within `most` bytes
    boolean seek(Pattern pattern, int size, long most) throws IOException {
        long left = most;
        while (fill(size)) {
            if (pattern.matches(buffer, buffer.position())) {
                return true;
            }
            if (left-- == 0) {
                throw new ProtocolViolationException(EndReason.HANDSHAKE_GARBAGE);
            }
            buffer.get();
        }
        return false;
    }

    private boolean skippedZero() {
        if (buffer.get(buffer.position()) != 0) {
            return false;
        }
        buffer.get();
        return true;
    }

    private int payloadLength(int start) throws ProtocolViolationException {
        if (buffer.get(start) != MAGIC) {
            throw new ProtocolViolationException(EndReason.FRAME_MAGIC);
        }
        if (buffer.getShort(start + 2) != 0) {
            throw new ProtocolViolationException(EndReason.FRAME_RESERVED);
        }
        int length = buffer.getInt(start + 8);
        if (length < 0 || length > GuestLimits.MAX_PAYLOAD) {
            throw new ProtocolViolationException(EndReason.FRAME_LENGTH);
        }
        return length;
    }

    /// Reads until `wanted` bytes are there, at most a frame; returns false if the stream ends first.
    private boolean fill(int wanted) throws IOException {
        if (buffer.capacity() - buffer.position() < wanted) {
            buffer.compact().flip();
        }
        while (buffer.remaining() < wanted) {
            int start = buffer.position();
            int filled = buffer.limit();
            buffer.limit(buffer.capacity()).position(filled);
            int read = source.read(buffer);
            buffer.limit(buffer.position()).position(start);
            if (read < 0) {
                return false;
            }
        }
        return true;
    }
}
