package dev.mvm.testkit.firecracker;

import dev.mvm.protocol.firecracker.FirecrackerConnection;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// A connection to a Unix socket by the JDK's own means.
public final class UnixConnection implements FirecrackerConnection, AutoCloseable {
    private final SocketChannel channel;
    private final Selector selector;

    private UnixConnection(SocketChannel channel, Selector selector) {
        this.channel = channel;
        this.selector = selector;
    }

    /// Connects.
    ///
    /// @throws IOException without a listener
    public static UnixConnection open(Path socket) throws IOException {
        var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            return new UnixConnection(channel, Selector.open());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public int read(ByteBuffer into, long deadline) throws IOException {
        int n = channel.read(into);
        while (n == 0) {
            await(SelectionKey.OP_READ, deadline);
            n = channel.read(into);
        }
        return n;
    }

    @Override
    public void write(ByteBuffer from, long deadline) throws IOException {
        while (from.hasRemaining()) {
            if (channel.write(from) == 0) {
                await(SelectionKey.OP_WRITE, deadline);
            }
        }
    }

    private void await(int operation, long deadline) throws IOException {
        channel.register(selector, operation);
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0 || selector.select(left) == 0) {
            throw new InterruptedIOException("deadline");
        }
        selector.selectedKeys().clear();
    }

    @Override
    public void close() {
        try {
            selector.close();
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
