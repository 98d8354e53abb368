package dev.mvm.guestd;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.protocol.guest.GuestTransport;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// A socket as a guest's transport. Bytes on the heap pass through a direct buffer: the kernel needs memory that
/// does not move.
final class SocketTransport implements GuestTransport {
    private static final int BUFFER = 64 * 1024;

    private final UnixStream stream;
    private final ByteBuffer outgoing = ByteBuffer.allocateDirect(BUFFER);

    SocketTransport(UnixStream stream) {
        this.stream = stream;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        int read = stream.read(MemorySegment.ofBuffer(into), Deadline.never());
        if (read > 0) {
            into.position(into.position() + read);
        }
        return read;
    }

    @Override
    public void write(ByteBuffer from) throws IOException {
        while (from.hasRemaining()) {
            int piece = Math.min(from.remaining(), BUFFER);
            outgoing.clear().put(from.slice(from.position(), piece)).flip();
            stream.write(MemorySegment.ofBuffer(outgoing), Deadline.never());
            from.position(from.position() + piece);
        }
    }

    @Override
    public void close() {
        try {
            stream.shutdown();
        } catch (ErrnoException e) {
            return; // the connection has ended already, and the reader will notice
        } finally {
            stream.close();
        }
    }
}
