package dev.mvm.coordinator.grpc;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.api.FleetService;
import dev.mvm.coordinator.authz.Admission;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.error.Refusals;
import dev.mvm.coordinator.exec.Sessions;
import dev.mvm.coordinator.metrics.RequestMetrics;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.pki.CertificateRequests;
import dev.mvm.coordinator.pki.FleetDirectory;
import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.coordinator.pki.ServerTls;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.RenewRequest;
import dev.mvm.protocol.control.v1.RenewResponse;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.CertificateEncodingException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The gRPC server. Its threads end when it is closed.
public final class AgentPort implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AgentPort.class);
    private static final int MAX_MESSAGE = 1 << 20;
    private static final int MAX_HEADERS = 16 * 1024;
    private static final int CALLS_PER_CONNECTION = 256;
    private static final Duration DRAIN = Duration.ofSeconds(5);

    private final Server server;
    private final MultiThreadIoEventLoopGroup acceptor;
    private final MultiThreadIoEventLoopGroup workers;

    /// The configuration of the port.
    ///
    /// @param connections limit of open connections
    /// @param credentialLife lifetime of certificates that are renewed here
    public record Options(InetSocketAddress address, int connections, Duration credentialLife) {}

    /// The parts of the coordinator that the port uses.
    ///
    /// @param nodeArrived run when a node has connected, or reports another trust root
    public record Behind(
            FleetService fleet,
            Nodes nodes,
            Sessions sessions,
            Admission admission,
            Refusals refusals,
            RequestMetrics requests,
            Runnable nodeArrived) {}

    private AgentPort(Server server, EventLoops loops) {
        this.server = server;
        this.acceptor = loops.acceptor();
        this.workers = loops.workers();
    }

    private record EventLoops(MultiThreadIoEventLoopGroup acceptor, MultiThreadIoEventLoopGroup workers) {}

    /// Opens the port.
    ///
    /// @throws IOException if the address cannot be bound
    /// @throws PkiException if there is no usable credential
    public static AgentPort open(
            Options options,
            FleetDirectory directory,
            ServerTls tls,
            Behind behind,
            InstantSource clock,
            ExecutorService threads)
            throws IOException, PkiException {
        var admission = new CallAdmission(behind.admission(), behind.refusals(), behind.requests());
        var node = NodeLinkGrpc.bindService(new NodeEndpoint(
                behind.nodes(),
                behind.sessions(),
                admission,
                (caller, request) -> renew(directory, tls, caller, request, options, clock),
                behind.fleet().log(),
                behind.refusals(),
                behind.nodeArrived()));
        var fleet = new FleetEndpoint(behind.fleet().instances(), admission, behind.refusals(), behind.requests())
                .definition(behind.fleet().calls());
        var loops = new EventLoops(
                new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()),
                new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory()));
        var server = builder(options, behind, loops)
                .sslContext(tls.http2())
                .executor(threads)
                .intercept(admission)
                .addService(fleet)
                .addService(node)
                .build();
        var port = new AgentPort(server, loops);
        try {
            server.start();
            return port;
        } catch (IOException e) {
            port.close();
            throw e;
        }
    }

    private static NettyServerBuilder builder(Options options, Behind behind, EventLoops loops) {
        return NettyServerBuilder.forAddress(options.address())
                .channelFactory(() -> new CappedServerChannel(options.connections(), behind.requests()))
                .bossEventLoopGroup(loops.acceptor())
                .workerEventLoopGroup(loops.workers())
                .maxInboundMessageSize(MAX_MESSAGE)
                .maxInboundMetadataSize(MAX_HEADERS)
                .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION)
                .handshakeTimeout(30, TimeUnit.SECONDS)
                .keepAliveTime(30, TimeUnit.SECONDS)
                .keepAliveTimeout(15, TimeUnit.SECONDS)
                .permitKeepAliveTime(10, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true);
    }

    private static RenewResponse renew(
            FleetDirectory directory,
            ServerTls tls,
            Caller caller,
            RenewRequest request,
            Options options,
            InstantSource clock)
            throws ProblemException {
        try {
            var key = CertificateRequests.key(request.getRequest().toByteArray());
            var renewed = directory.renew(caller.certificate(), key, options.credentialLife(), clock.instant());
            tls.rotate(); // the issuer may be newer than the last look at the authorities
            var out = RenewResponse.newBuilder();
            for (var certificate : renewed.chain()) {
                out.addChain(ByteString.copyFrom(certificate.getEncoded()));
            }
            for (var authority : renewed.authorities()) {
                out.addAuthorities(ByteString.copyFrom(authority.getEncoded()));
            }
            LOG.info("{} has a new certificate", caller.peer());
            return out.build();
        } catch (PkiException e) {
            LOG.warn("no new certificate for {}: {}", caller.peer(), e.getMessage());
            throw new ProblemException(Fault.INVALID, "certificate_refused", String.valueOf(e.getMessage()));
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate has an encoding", e);
        }
    }

    /// Returns the number of the port.
    public int port() {
        return server.getPort();
    }

    /// Returns the full names of all methods that the server has.
    public Set<String> methods() {
        var names = new TreeSet<String>();
        server.getServices()
                .forEach(service -> service.getMethods()
                        .forEach(
                                method -> names.add(method.getMethodDescriptor().getFullMethodName())));
        return names;
    }

    /// Waits a few seconds for open calls, then ends them.
    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(DRAIN.toSeconds(), TimeUnit.SECONDS)) {
                server.shutdownNow();
                var _ = server.awaitTermination(DRAIN.toSeconds(), TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        for (var loops : List.of(acceptor, workers)) {
            if (!loops.shutdownGracefully(0, DRAIN.toSeconds(), TimeUnit.SECONDS)
                    .awaitUninterruptibly(2 * DRAIN.toSeconds(), TimeUnit.SECONDS)) {
                LOG.warn("network threads are still busy");
            }
        }
    }
}
