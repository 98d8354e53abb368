package dev.mvm.agentd.link;

import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;

/// The channel to the coordinator: TLS 1.3, both sides with a certificate of the fleet's authority, and the peer a
/// coordinator by its certificate. Certificates that are replaced on disk are used from the next handshake on.
public final class CoordinatorChannel {
    private static final int URI_NAME = 6;
    private static final String COORDINATOR = "spiffe://mvm/coordinator/";
    private static final int MAX_MESSAGE = 4 << 20;
    private static final int RELOAD_MINUTES = 1;

    private CoordinatorChannel() {}

    /// A channel that connects when it is first used.
    ///
    /// @param credential directory with `key.pem`, `cert.pem` and `ca.pem`
    /// @throws GeneralSecurityException if a file is not a key or certificate
    /// @throws IOException if a file cannot be read
    public static ManagedChannel open(InetSocketAddress address, Path credential, ScheduledExecutorService timer)
            throws IOException, GeneralSecurityException {
        var keys = new AdvancedTlsX509KeyManager();
        keys.updateIdentityCredentials(
                credential.resolve("cert.pem").toFile(),
                credential.resolve("key.pem").toFile(),
                RELOAD_MINUTES,
                TimeUnit.MINUTES,
                timer);
        var trust = AdvancedTlsX509TrustManager.newBuilder()
                .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_AND_HOST_NAME_VERIFICATION)
                .setSslSocketAndEnginePeerVerifier(new CoordinatorOnly())
                .build();
        trust.updateTrustCredentials(credential.resolve("ca.pem").toFile(), RELOAD_MINUTES, TimeUnit.MINUTES, timer);
        return Grpc.newChannelBuilderForAddress(
                        address.getHostString(),
                        address.getPort(),
                        TlsChannelCredentials.newBuilder()
                                .keyManager(keys)
                                .trustManager(trust)
                                .build())
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .maxInboundMessageSize(MAX_MESSAGE)
                .keepAliveTime(30, TimeUnit.SECONDS)
                .keepAliveTimeout(20, TimeUnit.SECONDS)
                .build();
    }

    /// A certificate of the fleet is not enough: another node has one too.
    private static final class CoordinatorOnly implements AdvancedTlsX509TrustManager.SslSocketAndEnginePeerVerifier {
        @Override
        public void verifyPeerCertificate(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void verifyPeerCertificate(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        private static void check(X509Certificate[] chain) throws CertificateException {
            var names = chain[0].getSubjectAlternativeNames();
            boolean coordinator = names != null && names.stream().anyMatch(CoordinatorOnly::isCoordinator);
            if (!coordinator) {
                throw new CertificateException("the peer's certificate is not a coordinator's");
            }
        }

        private static boolean isCoordinator(List<?> name) {
            return Integer.valueOf(URI_NAME).equals(name.get(0))
                    && name.get(1) instanceof String uri
                    && uri.startsWith(COORDINATOR);
        }
    }
}
