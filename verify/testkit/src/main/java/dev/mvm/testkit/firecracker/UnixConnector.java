package dev.mvm.testkit.firecracker;

import dev.mvm.protocol.firecracker.Connection;
import dev.mvm.protocol.firecracker.Connector;
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

/// Connects to a Unix socket with the JDK's own means.
public record UnixConnector(Path socket) implements Connector {
    @Override
    public Connection connect(long deadline) throws IOException {
        var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            return new Opened(channel, Selector.open());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private record Opened(SocketChannel channel, Selector selector) implements Connection {
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
}
