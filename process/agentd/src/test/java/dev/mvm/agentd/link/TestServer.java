package dev.mvm.agentd.link;

import dev.mvm.agentd.credential.TestAuthority;
import dev.mvm.agentd.credential.TestAuthority.Wanted;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Coordinators on loopback, over TLS 1.3.
final class TestServer {
    private TestServer() {}

    /// Starts a server.
    ///
    /// @param wanted content of its certificate
    /// @param shown certificate that it shows besides its own
    static Server start(
            TestAuthority authority,
            Wanted wanted,
            X509Certificate shown,
            ClientAuth clients,
            ServerServiceDefinition service)
            throws IOException, GeneralSecurityException {
        return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sslContext(context(authority, wanted, shown, clients))
                .addService(service)
                .build()
                .start();
    }

    private static JdkSslContext context(
            TestAuthority authority, Wanted wanted, X509Certificate shown, ClientAuth clients)
            throws GeneralSecurityException, IOException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        var pair = generator.generateKeyPair();
        var certificate =
                authority.issue(wanted, pair.getPublic(), Instant.now().minusSeconds(60), Duration.ofDays(1));
        var tls = SSLContext.getInstance("TLS");
        var trust = TrustManagerFactory.getInstance("PKIX");
        var anchors = KeyStore.getInstance("PKCS12");
        anchors.load(null, null);
        anchors.setCertificateEntry("fleet", authority.certificate());
        trust.init(anchors);
        var keys = new AdvancedTlsX509KeyManager(); // takes any chain
        keys.updateIdentityCredentials(new X509Certificate[] {certificate, shown}, pair.getPrivate());
        tls.init(new KeyManager[] {keys}, trust.getTrustManagers(), null);
        return new JdkSslContext(
                tls,
                false,
                null,
                SupportedCipherSuiteFilter.INSTANCE,
                new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2),
                clients,
                new String[] {"TLSv1.3"},
                false);
    }
}
