package dev.mvm.coordinator.grpc;

import dev.mvm.coordinator.authz.RateLimit;
import dev.mvm.coordinator.error.Refusals;
import dev.mvm.coordinator.metrics.RequestMetrics;
import dev.mvm.coordinator.pki.EnrolmentTokens;
import dev.mvm.coordinator.pki.ServerTls;
import dev.mvm.protocol.control.v1.NodeEnrolmentGrpc;
import dev.mvm.protocol.trust.audit.AuditLog;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/// The port for machines without a certificate: one method, few connections, none for long. It shares neither sockets
/// nor TLS sessions with the agent port, which requires certificates of all its clients. One thread of its own does all
/// the work for strangers, so that they can keep one processor busy at most.
public final class EnrolmentPort implements AutoCloseable {
    private static final int MAX_MESSAGE = 16 * 1024;
    private static final int MAX_HEADERS = 4 * 1024;
    private static final int MAX_RESETS = 100;
    private static final double PER_SECOND = 1;
    private static final double BURST = 20;
    private static final int DRAIN_SECONDS = 5;

    private final Server server;
    private final MultiThreadIoEventLoopGroup loop;

    private EnrolmentPort(Server server, MultiThreadIoEventLoopGroup loop) {
        this.server = server;
        this.loop = loop;
    }

    /// The parts of the coordinator that the port uses.
    ///
    /// @param life of the certificates
    public record Behind(
            EnrolmentTokens tokens,
            Duration life,
            ServerTls tls,
            Refusals refusals,
            RequestMetrics requests,
            AuditLog audit,
            InstantSource clock) {}

    /// The bounds of strangers.
    ///
    /// @param connections most that may be open
    /// @param age of a connection, after which it takes no call, and as long again until it is closed; a handshake
    ///     may take as long before
    public record Limits(int connections, Duration age) {
        /// For the daemon.
        public static final Limits USUAL = new Limits(8, Duration.ofSeconds(10));
    }

    /// Opens the port.
    ///
    /// @param steady a clock that never goes back
    /// @throws IOException if the address cannot be bound
    public static EnrolmentPort open(InetSocketAddress address, Limits limits, Behind behind, InstantSource steady)
            throws IOException {
        var loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        long age = limits.age().toSeconds();
        var endpoint = new EnrolmentEndpoint(behind, new RateLimit(steady, PER_SECOND, BURST));
        var server = NettyServerBuilder.forAddress(address)
                .channelFactory(() -> new CappedServerChannel(limits.connections(), behind.requests()))
                .bossEventLoopGroup(loop)
                .workerEventLoopGroup(loop)
                .directExecutor()
                .maxInboundMessageSize(MAX_MESSAGE)
                .initialFlowControlWindow(4 * MAX_MESSAGE)
                .maxInboundMetadataSize(MAX_HEADERS)
                .maxConcurrentCallsPerConnection(1)
                .maxRstFramesPerWindow(MAX_RESETS, (int) age)
                .handshakeTimeout(age, TimeUnit.SECONDS)
                .maxConnectionAge(age, TimeUnit.SECONDS)
                .maxConnectionAgeGrace(age, TimeUnit.SECONDS)
                .sslContext(behind.tls().http2ForStrangers())
                .addService(NodeEnrolmentGrpc.bindService(endpoint))
                .build();
        var port = new EnrolmentPort(server, loop);
        try {
            server.start();
            return port;
        } catch (IOException e) {
            port.close();
            throw e;
        }
    }

    /// Returns the number of the port.
    public int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
        loop.shutdownGracefully(0, DRAIN_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(2 * DRAIN_SECONDS, TimeUnit.SECONDS);
    }
}
