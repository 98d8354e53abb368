package dev.mvm.protocol.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/// Frames to be written to a guest, in order. A thread of its own writes them, so that a guest that does not read
/// stalls no caller with a deadline.
final class GuestOutbox {
    /// Bytes beyond which only frames of a small number are added: kills, one for each stream, and the power-off.
    private static final int FULL = 128 * 1024;

    private final Monitor monitor;

    // guarded by the monitor
    private final Deque<ByteBuffer> frames = new ArrayDeque<>();
    private int waiting;
    private int underWay;

    GuestOutbox(Monitor monitor) {
        this.monitor = monitor;
    }

    /// Returns whether [#add] may be called.
    boolean hasRoom() {
        synchronized (monitor) {
            return !monitor.ended() && waiting + underWay < FULL;
        }
    }

    /// Adds bytes to be written, which this outbox owns from then on. Drops them if the channel has ended.
    void add(ByteBuffer bytes) {
        synchronized (monitor) {
            waiting += bytes.remaining();
            frames.add(bytes);
            monitor.changed();
        }
    }

    /// Writes added frames until the channel's end. None of them stays in memory, because they may be secret.
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
