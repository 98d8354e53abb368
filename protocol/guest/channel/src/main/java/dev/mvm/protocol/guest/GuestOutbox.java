package dev.mvm.protocol.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/// What is to be written to a guest, in order. A thread of its own writes it, so that a guest that does not read
/// stalls no one who has a deadline.
final class GuestOutbox {
    /// Bytes beyond which nothing is added but what comes in small number: kills, one for each stream, and the
    /// power-off.
    private static final int FULL = 128 * 1024;

    private final Monitor monitor;

    // guarded by the monitor
    private final Deque<ByteBuffer> frames = new ArrayDeque<>();
    private int waiting;
    private int underWay;

    GuestOutbox(Monitor monitor) {
        this.monitor = monitor;
    }

    /// Whether [#add] may be called.
    boolean hasRoom() {
        synchronized (monitor) {
            return !monitor.ended() && waiting + underWay < FULL;
        }
    }

    /// Adds bytes to be written, which are this box's from then on. Nobody will when the channel has ended.
    void add(ByteBuffer bytes) {
        synchronized (monitor) {
            waiting += bytes.remaining();
            frames.add(bytes);
            monitor.changed();
        }
    }

    /// Writes what is added until the channel's end. Nothing of it stays in memory: it may be secret.
    void writeTo(GuestTransport transport) throws IOException {
        try {
            for (var bytes = next(); bytes.isPresent(); bytes = next()) {
                write(transport, bytes.get());
            }
        } finally {
            synchronized (monitor) {
                frames.forEach(GuestOutbox::wipe);
            }
        }
    }

    private static void write(GuestTransport transport, ByteBuffer bytes) throws IOException {
        try {
            transport.write(bytes);
        } finally {
            wipe(bytes);
        }
    }

    private static void wipe(ByteBuffer bytes) {
        bytes.clear().put(new byte[bytes.capacity()]);
    }

    private Optional<ByteBuffer> next() {
        synchronized (monitor) {
            boolean wasFull = waiting + underWay >= FULL;
            underWay = 0;
            if (wasFull) {
                monitor.changed();
            }
            monitor.awaitHere(() -> !frames.isEmpty());
            if (monitor.ended()) {
                return Optional.empty();
            }
            var bytes = frames.remove();
            underWay = bytes.remaining();
            waiting -= underWay;
            return Optional.of(bytes);
        }
    }
}
