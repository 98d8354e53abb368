package dev.mvm.hostd.qemu;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.socket.UnixStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;

/// A connection to a VMM's own socket, with deadlines as readings of `System.nanoTime()`. Used by one thread.
public final class VmmSocket implements AutoCloseable {
    private static final int BUFFER = 16 * 1024;

    private final UnixStream stream;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);

    private VmmSocket(UnixStream stream) {
        this.stream = stream;
    }

    /// Connects to the socket `name` in a VM's directory.
    ///
    /// @throws InterruptedIOException when the deadline has passed
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // what is returned owns the stream
    public static VmmSocket connect(Directory io, String name, long deadline) throws IOException {
        try {
            return new VmmSocket(UnixStream.connect(io, name, until(deadline)));
        } catch (ErrnoException e) {
            throw timed(e);
        }
    }

    /// Reads bytes that have arrived, waiting for at least one.
    ///
    /// @return the number of bytes, or -1 when the other side has closed
    /// @throws InterruptedIOException when the deadline has passed
    public int read(ByteBuffer into, long deadline) throws IOException {
        try {
            buffer.clear().limit(Math.min(BUFFER, into.remaining()));
            int read = stream.read(MemorySegment.ofBuffer(buffer), until(deadline));
            if (read > 0) {
                into.put(buffer.limit(read));
            }
            return read;
        } catch (ErrnoException e) {
            throw timed(e);
        }
    }

    /// Writes all of `from`.
    ///
    /// @throws InterruptedIOException when the deadline has passed
    public void write(ByteBuffer from, long deadline) throws IOException {
        try {
            while (from.hasRemaining()) {
                int piece = Math.min(BUFFER, from.remaining());
                buffer.clear().put(from.slice(from.position(), piece)).flip();
                stream.write(MemorySegment.ofBuffer(buffer), until(deadline));
                from.position(from.position() + piece);
            }
        } catch (ErrnoException e) {
            throw timed(e);
        }
    }

    @Override
    public void close() {
        stream.close();
    }

    private static Deadline until(long deadline) {
        long left = deadline - System.nanoTime();
        return left > 0 ? Deadline.in(Duration.ofNanos(left)) : Deadline.now();
    }

    private static IOException timed(ErrnoException e) {
        if (e.errno() == Errno.ETIMEDOUT) {
            var late = new InterruptedIOException(e.getMessage());
            late.initCause(e);
            return late;
        }
        return e;
    }
}
