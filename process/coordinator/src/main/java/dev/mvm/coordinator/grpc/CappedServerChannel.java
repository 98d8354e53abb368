package dev.mvm.coordinator.grpc;

import dev.mvm.coordinator.metrics.RequestMetrics;
import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A listening socket with a limit of open connections. A connection beyond the limit is closed before its handshake.
final class CappedServerChannel extends NioServerSocketChannel {
    private static final Logger LOG = LoggerFactory.getLogger(CappedServerChannel.class);

    private static final long BETWEEN_WARNINGS = TimeUnit.SECONDS.toNanos(10);

    private final AtomicInteger open = new AtomicInteger();
    private final int most;
    private final RequestMetrics requests;
    private long warned = System.nanoTime() - BETWEEN_WARNINGS;
    private long unsaid;

    CappedServerChannel(int most, RequestMetrics requests) {
        this.most = most;
        this.requests = requests;
    }

    @Override
    protected int doReadMessages(List<Object> accepted) throws Exception {
        int before = accepted.size();
        int count = super.doReadMessages(accepted);
        for (int i = accepted.size() - 1; i >= before; i--) {
            var connection = (Channel) accepted.get(i);
            boolean room = open.incrementAndGet() <= most;
            requests.connection(RequestMetrics.Port.GRPC, room);
            if (!room) {
                warn(connection);
                accepted.remove(i);
                open.decrementAndGet();
                connection.unsafe().closeForcibly();
            } else {
                connection.closeFuture().addListener(_ -> open.decrementAndGet());
            }
        }
        return count;
    }

    /// Strangers could fill the log. It has the first refusal of ten seconds, and how many were not told before it. The
    /// thread of the socket alone calls this.
    private void warn(Channel connection) {
        unsaid++;
        long now = System.nanoTime();
        if (now - warned >= BETWEEN_WARNINGS) {
            LOG.warn(
                    "refusing a connection from {}: {} are open ({} refused since the last such line)",
                    connection.remoteAddress(),
                    most,
                    unsaid);
            warned = now;
            unsaid = 0;
        }
    }
}
