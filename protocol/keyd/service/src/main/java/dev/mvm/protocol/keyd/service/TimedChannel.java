package dev.mvm.protocol.keyd.service;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/// A connection whose calls block no longer than a deadline: the JDK has no timeouts for Unix sockets. For one thread
/// at a time.
public final class TimedChannel implements ByteChannel {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private long deadline;

    /// Takes a connection over, also for closing it. The deadline is now: [#within] comes first.
    public TimedChannel(SocketChannel channel) throws IOException {
        this.channel = channel;
        channel.configureBlocking(false);
        this.selector = Selector.open();
        this.key = channel.register(selector, 0);
        this.deadline = System.nanoTime();
    }

    /// Sets the deadline of all calls that follow, until it is set again.
    public void within(Duration time) {
        deadline = System.nanoTime() + time.toNanos();
    }

    /// Reads at least one byte.
    ///
    /// @throws SocketTimeoutException if no byte comes before the deadline
    @Override
    public int read(ByteBuffer into) throws IOException {
        int read = channel.read(into);
        while (read == 0 && into.hasRemaining()) {
            await(SelectionKey.OP_READ);
            read = channel.read(into);
        }
        return read;
    }

    /// Writes at least one byte.
    ///
    /// @throws SocketTimeoutException if no byte can be written before the deadline
    @Override
    public int write(ByteBuffer from) throws IOException {
        int written = channel.write(from);
        while (written == 0 && from.hasRemaining()) {
            await(SelectionKey.OP_WRITE);
            written = channel.write(from);
        }
        return written;
    }

    private void await(int what) throws IOException {
        key.interestOps(what);
        long millis = (deadline - System.nanoTime() + 999_999) / 1_000_000;
        if (millis <= 0) {
            throw new SocketTimeoutException("no answer in time");
        }
        var _ = selector.select(millis);
        selector.selectedKeys().clear();
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        try (selector) {
            channel.close();
        }
    }
}
