package dev.mvm.protocol.guest;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;

/// A [FakeGuest]'s writer to the host. A thread of its own writes, because a signal interrupts the thread of a
/// program anywhere, and must not leave half a frame behind.
final class FakeLine {
    private static final int MOST = 16;

    private final GuestTransport transport;

    // guarded by this
    private final Deque<ByteBuffer> frames = new ArrayDeque<>();
    private boolean closed;

    FakeLine(GuestTransport transport) {
        this.transport = transport;
    }

    void start() {
        Thread.ofVirtual().name("fake guest's writer").start(this::write);
    }

    /// Adds a frame, unless `stale` reports at its turn that the frame is out of date.
    synchronized void send(GuestMessage message, BooleanSupplier stale) throws IOException {
        try {
            while (frames.size() >= MOST && !closed) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
        if (closed) {
            throw new ClosedChannelException();
        }
        if (!stale.getAsBoolean()) {
            frames.add(GuestEncoder.encode(message));
            notifyAll();
        }
    }

    /// Ends the writer, and every thread that waits for it.
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    private void write() {
        try {
            while (true) {
                transport.write(next());
            }
        } catch (IOException | InterruptedException e) {
            close();
        }
    }

    private synchronized ByteBuffer next() throws IOException, InterruptedException {
        while (frames.isEmpty() && !closed) {
            wait();
        }
        if (closed) {
            throw new ClosedChannelException();
        }
        notifyAll();
        return frames.remove();
    }
}
