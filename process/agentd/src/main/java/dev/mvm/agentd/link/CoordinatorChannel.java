package dev.mvm.agentd.link;

import dev.mvm.agentd.credential.Credential;
import dev.mvm.agentd.credential.Credentials;
import dev.mvm.protocol.control.tls.CoordinatorIdentity;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;

/// The channel to the coordinator: TLS 1.3, both sides with a certificate of the authority of the fleet, and the peer a
/// coordinator by the only name in its certificate. A new credential is used from the next call on, on a connection of
/// its own.
public final class CoordinatorChannel {
    private static final int MAX_MESSAGE = 4 << 20;

    private CoordinatorChannel() {}

    /// A channel that connects when it is first used.
    ///
    /// @throws GeneralSecurityException if the credential cannot be used
    public static ManagedChannel open(InetSocketAddress address, Credentials credentials)
            throws GeneralSecurityException {
        var keys = new AdvancedTlsX509KeyManager();
        var trust = AdvancedTlsX509TrustManager.newBuilder()
                .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_AND_HOST_NAME_VERIFICATION)
                .setSslSocketAndEnginePeerVerifier(new CoordinatorOnly())
                .build();
        present(keys, trust, credentials.current());
        var context = SSLContext.getInstance(CoordinatorIdentity.TLS);
        context.init(new KeyManager[] {keys}, new TrustManager[] {trust}, null);
        var channel = NettyChannelBuilder.forAddress(address.getHostString(), address.getPort())
                .sslContext(http2(context))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .maxInboundMessageSize(MAX_MESSAGE)
                .keepAliveTime(30, TimeUnit.SECONDS)
                .keepAliveTimeout(20, TimeUnit.SECONDS)
                .build();
        credentials.listen(fresh -> {
            present(keys, trust, fresh);
            forgetSessions(context);
            channel.enterIdle(); // what is under way goes on; the next call makes a connection
        });
        return channel;
    }

    private static void present(AdvancedTlsX509KeyManager keys, AdvancedTlsX509TrustManager trust, Credential fresh) {
        try {
            keys.updateIdentityCredentials(new X509Certificate[] {fresh.certificate()}, fresh.key());
            trust.updateTrustCredentials(fresh.authorities().toArray(X509Certificate[]::new));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("the credential cannot be used: " + e.getMessage(), e);
        }
    }

    /// A resumed session would have the earlier certificate.
    private static void forgetSessions(SSLContext context) {
        var sessions = context.getClientSessionContext();
        for (var id : Collections.list(sessions.getIds())) {
            Optional.ofNullable(sessions.getSession(id)).ifPresent(SSLSession::invalidate);
        }
    }

    static SslContext http2(SSLContext context) {
        var negotiation = new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                ApplicationProtocolNames.HTTP_2);
        return new JdkSslContext(
                context,
                true,
                null,
                SupportedCipherSuiteFilter.INSTANCE,
                negotiation,
                ClientAuth.NONE,
                new String[] {CoordinatorIdentity.TLS},
                false);
    }

    /// A certificate of the fleet is not enough: another node has one too.
    static final class CoordinatorOnly implements AdvancedTlsX509TrustManager.SslSocketAndEnginePeerVerifier {
        @Override
        public void verifyPeerCertificate(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            CoordinatorIdentity.require(chain[0]);
        }

        @Override
        public void verifyPeerCertificate(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            CoordinatorIdentity.require(chain[0]);
        }
    }
}
