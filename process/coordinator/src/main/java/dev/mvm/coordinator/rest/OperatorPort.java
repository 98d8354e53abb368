package dev.mvm.coordinator.rest;

import dev.mvm.coordinator.api.FleetService;
import dev.mvm.coordinator.authz.Access;
import dev.mvm.coordinator.authz.Admission;
import dev.mvm.coordinator.authz.RateLimit;
import dev.mvm.coordinator.error.Refusals;
import dev.mvm.coordinator.metrics.RequestMetrics;
import dev.mvm.coordinator.pki.ServerTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ScheduledExecutorService;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The HTTP server.
public final class OperatorPort implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorPort.class);
    private static final int MAX_CONNECTIONS = 100;
    private static final int MAX_HEADERS = 8 * 1024;
    private static final long IDLE_MILLIS = 60_000;
    private static final long DRAIN_MILLIS = 5_000;

    private final Server server;
    private final ServerConnector connector;

    private OperatorPort(Server server, ServerConnector connector) {
        this.server = server;
        this.connector = connector;
    }

    /// The parts of the coordinator that the port uses.
    public record Behind(
            FleetService fleet, Refusals refusals, RequestMetrics requests, ScheduledExecutorService timer) {}

    /// Opens the port for holders of the token.
    ///
    /// @param address a loopback address, because an eavesdropper would learn the token
    /// @throws IllegalArgumentException if `address` is not a loopback address
    /// @throws IOException if the address cannot be bound
    public static OperatorPort open(
            InetSocketAddress address, OperatorToken token, Access access, RateLimit limit, Behind behind)
            throws IOException {
        if (address.isUnresolved() || !address.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException("a port that takes a token is for loopback addresses only");
        }
        return open(address, new TokenCallers(token, access, limit), behind, new ConnectionFactory[] {
            new HttpConnectionFactory(configuration())
        });
    }

    /// Opens the port for operators with certificates of the fleet: TLS 1.3, both sides.
    ///
    /// @throws IOException if the address cannot be bound
    public static OperatorPort open(InetSocketAddress address, ServerTls tls, Admission admission, Behind behind)
            throws IOException {
        var factory = new SslContextFactory.Server();
        factory.setSslContext(tls.context());
        factory.setNeedClientAuth(true);
        factory.setIncludeProtocols(ServerTls.VERSION);
        factory.setExcludeProtocols();
        factory.setIncludeCipherSuites(ServerTls.suites());
        factory.setSniRequired(false);
        var http = configuration();
        // the client compares the host name with the certificate
        http.addCustomizer(new SecureRequestCustomizer(false));
        var plain = new HttpConnectionFactory(http);
        return open(address, new CertificateCallers(admission), behind, new ConnectionFactory[] {
            new SslConnectionFactory(factory, plain.getProtocol()), plain
        });
    }

    private static OperatorPort open(
            InetSocketAddress address, Callers callers, Behind behind, ConnectionFactory[] factories)
            throws IOException {
        var server = new Server(new VirtualThreadPool());
        var connector = new CountedConnector(server, behind.requests(), factories);
        connector.setHost(address.getAddress().getHostAddress());
        connector.setPort(address.getPort());
        connector.setIdleTimeout(IDLE_MILLIS);
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, connector));
        server.setErrorHandler(new ProblemErrors());
        server.setStopTimeout(DRAIN_MILLIS);
        var exec = new ExecUpgrade(behind.fleet().instances(), callers, behind.refusals(), behind.timer(), server);
        server.setHandler(new Router(behind.fleet(), callers, behind.refusals(), behind.requests(), exec));
        var port = new OperatorPort(server, connector);
        try {
            server.start();
            return port;
        } catch (IOException e) {
            port.close();
            throw e;
        } catch (Exception e) {
            port.close();
            throw new IOException("the operator port cannot be opened: " + e.getMessage(), e);
        }
    }

    /// Counts connections. A connection beyond the limit waits until it is accepted; none is rejected.
    private static final class CountedConnector extends ServerConnector {
        private final RequestMetrics requests;

        CountedConnector(Server server, RequestMetrics requests, ConnectionFactory[] factories) {
            super(server, 1, 1, factories);
            this.requests = requests;
        }

        @Override
        protected void onEndPointOpened(EndPoint endPoint) {
            super.onEndPointOpened(endPoint);
            requests.connection(RequestMetrics.Port.REST, true);
        }
    }

    private static HttpConfiguration configuration() {
        var configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setSendXPoweredBy(false);
        configuration.setRequestHeaderSize(MAX_HEADERS);
        configuration.setResponseHeaderSize(MAX_HEADERS);
        return configuration;
    }

    /// Returns the number of the port.
    public int port() {
        return connector.getLocalPort();
    }

    /// Waits a few seconds for open requests, then ends them.
    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) { // as Jetty declares
            LOG.warn("the operator port did not close cleanly: {}", e.getMessage());
        }
    }
}
