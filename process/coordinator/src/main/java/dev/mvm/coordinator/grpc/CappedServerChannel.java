package dev.mvm.coordinator.grpc;

import dev.mvm.coordinator.metrics.RequestMetrics;
import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A listening socket with a limit of open connections. A connection beyond the limit is closed before its handshake.
final class CappedServerChannel extends NioServerSocketChannel {
    private static final Logger LOG = LoggerFactory.getLogger(CappedServerChannel.class);

    private final AtomicInteger open = new AtomicInteger();
    private final int most;
    private final RequestMetrics requests;

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
                LOG.warn("refusing a connection from {}: {} are open", connection.remoteAddress(), most);
                accepted.remove(i);
                open.decrementAndGet();
                connection.unsafe().closeForcibly();
            } else {
                connection.closeFuture().addListener(_ -> open.decrementAndGet());
            }
        }
        return count;
    }
}
