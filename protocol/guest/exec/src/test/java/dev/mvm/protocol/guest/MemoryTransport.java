package dev.mvm.protocol.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

/// One end of a connection in memory.
public final class MemoryTransport implements GuestTransport {
    /// Both ends of a connection.
    public record Pair(MemoryTransport host, MemoryTransport guest) {}

    /// Bytes on their way in one direction.
    private static final class Direction {
        private final ByteBuffer bytes;
        private boolean readerGone;
        private boolean writerGone;

        Direction(int capacity) {
            bytes = ByteBuffer.allocate(capacity);
        }

        synchronized int read(ByteBuffer into) throws IOException {
            while (bytes.position() == 0 && !readerGone && !writerGone) {
                await();
            }
            if (readerGone) {
                throw new ClosedChannelException();
            }
            if (bytes.position() == 0) {
                return -1;
            }
            bytes.flip();
            int count = Math.min(bytes.remaining(), into.remaining());
            into.put(bytes.slice(0, count));
            bytes.position(count).compact();
            notifyAll();
            return count;
        }

        synchronized void write(ByteBuffer from) throws IOException {
            while (from.hasRemaining()) {
                while (!bytes.hasRemaining() && !readerGone && !writerGone) {
                    await();
                }
                if (readerGone || writerGone) {
                    throw new ClosedChannelException();
                }
                int count = Math.min(bytes.remaining(), from.remaining());
                bytes.put(from.slice(from.position(), count));
                from.position(from.position() + count);
                notifyAll();
            }
        }

        @SuppressWarnings("WaitNotInLoop") // the callers loop
        private void await() throws IOException {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }

        synchronized void closeReader() {
            readerGone = true;
            notifyAll();
        }

        synchronized void closeWriter() {
            writerGone = true;
            notifyAll();
        }
    }

    private final Direction in;
    private final Direction out;

    private MemoryTransport(Direction in, Direction out) {
        this.in = in;
        this.out = out;
    }

    /// A connection that holds as many bytes in each direction as a socket would.
    public static Pair pair() {
        return pair(128 * 1024);
    }

    /// A connection that holds at most `capacity` bytes in each direction.
    public static Pair pair(int capacity) {
        var down = new Direction(capacity);
        var up = new Direction(capacity);
        return new Pair(new MemoryTransport(up, down), new MemoryTransport(down, up));
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return in.read(into);
    }

    @Override
    public void write(ByteBuffer from) throws IOException {
        out.write(from);
    }

    /// Closes this end. The other end can still read the bytes that were written.
    @Override
    public void close() {
        in.closeReader();
        out.closeWriter();
    }
}
