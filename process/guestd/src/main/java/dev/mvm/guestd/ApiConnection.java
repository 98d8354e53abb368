package dev.mvm.guestd;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.protocol.firecracker.FirecrackerConnection;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.time.Duration;

/// hostd's connection to the API of a VMM.
final class ApiConnection implements FirecrackerConnection {
    private static final int PIECE = 64 << 10;

    private final UnixStream stream;

    ApiConnection(UnixStream stream) {
        this.stream = stream;
    }

    @Override
    public int read(ByteBuffer into, long deadline) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocate(Math.min(into.remaining(), PIECE));
            int read = stream.read(memory, until(deadline));
            into.put(memory.asSlice(0, Math.max(read, 0)).asByteBuffer());
            return read;
        } catch (ErrnoException e) {
            throw timed(e);
        }
    }

    @Override
    public void write(ByteBuffer from, long deadline) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocate(from.remaining());
            memory.asByteBuffer().put(from);
            stream.write(memory, until(deadline));
        } catch (ErrnoException e) {
            throw timed(e);
        }
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
