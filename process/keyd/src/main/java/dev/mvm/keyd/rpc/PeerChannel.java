package dev.mvm.keyd.rpc;

import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.UnixStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.time.Duration;

/// A client's connection. A client that stops inside a frame, does not take its answer, or is idle for too long has
/// lost it.
final class PeerChannel implements ByteChannel {
    private static final int CHUNK = 64 * 1024;

    private final UnixStream stream;
    private final Patience patience;
    private Deadline deadline = Deadline.never();
    private boolean inside;

    /// Longest times that a client is waited for.
    ///
    /// @param idle between two frames
    /// @param frame for the whole of a frame, from its first byte on, and for an answer
    record Patience(Duration idle, Duration frame) {}

    PeerChannel(UnixStream stream, Patience patience) {
        this.stream = stream;
        this.patience = patience;
    }

    /// A new frame begins.
    void next() {
        inside = false;
        deadline = Deadline.in(patience.idle());
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        int read;
        try (var arena = Arena.ofConfined()) { // system calls take memory off the heap
            var bytes = arena.allocate(Math.min(into.remaining(), CHUNK));
            read = stream.read(bytes, deadline);
            if (read > 0) {
                into.put(bytes.asSlice(0, read).asByteBuffer());
            }
        }
        if (!inside) {
            inside = true;
            deadline = Deadline.in(patience.frame());
        }
        return read;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        int written = from.remaining();
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(written);
            bytes.asByteBuffer().put(from);
            stream.write(bytes, Deadline.in(patience.frame()));
        }
        return written;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {
        stream.close();
    }
}
