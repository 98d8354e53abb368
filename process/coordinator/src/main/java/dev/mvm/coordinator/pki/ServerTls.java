package dev.mvm.coordinator.pki;

import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// TLS 1.3 with client certificates of the fleet's own authorities, by the JDK. The server's certificate
/// and the authorities can be replaced while connections are open; the next handshake uses the new ones.
public final class ServerTls {
    private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);

    /// All of TLS 1.3 that the JDK has (RFC 8446 section B.4).
    private static final List<String> SUITES =
            List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256");

    /// The only version that is accepted.
    public static final String VERSION = "TLSv1.3";

    private final FleetDirectory directory;
    private final InstantSource clock;
    private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
    private final AdvancedTlsX509TrustManager trust = trustManager();
    private final SSLContext context;
    private final SSLContext strangers;
    private List<X509Certificate> trusted = List.of();
    private String serial = "";
    private Instant expires = Instant.MAX;

    private ServerTls(FleetDirectory directory, InstantSource clock) throws PkiException {
        this.directory = directory;
        this.clock = clock;
        use(directory.server(clock.instant()));
        trust(directory.authorities().trusted());
        this.context = newContext();
        this.strangers = newContext();
    }

    /// Loads the server's credential from `directory`.
    ///
    /// @throws PkiException if there is no usable credential
    public static ServerTls load(FleetDirectory directory, InstantSource clock) throws PkiException {
        return new ServerTls(directory, clock);
    }

    /// Returns a trust manager that verifies chains; who is named in a certificate decides about each call.
    private static AdvancedTlsX509TrustManager trustManager() {
        try {
            return AdvancedTlsX509TrustManager.newBuilder()
                    .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION)
                    .build();
        } catch (CertificateException e) {
            throw new IllegalStateException("nothing is loaded yet", e);
        }
    }

    private SSLContext newContext() throws PkiException {
        try {
            var tls = SSLContext.getInstance("TLS");
            tls.init(new KeyManager[] {keys}, new TrustManager[] {trust}, null);
            return tls;
        } catch (GeneralSecurityException e) {
            throw new PkiException("TLS cannot be set up: " + e.getMessage());
        }
    }

    private void trust(List<X509Certificate> authorities) throws PkiException {
        try {
            trust.updateTrustCredentials(authorities.toArray(X509Certificate[]::new));
            trusted = authorities;
        } catch (GeneralSecurityException e) {
            throw new PkiException("the fleet's authorities cannot be used: " + e.getMessage());
        } catch (IOException e) {
            throw new IllegalStateException("an empty key store needs no file", e);
        }
    }

    /// Returns the context for gRPC. It is built from the JDK's context, because Netty's builder would find Bouncy
    /// Castle and load all of it.
    public SslContext http2() {
        return http2(context, ClientAuth.REQUIRE);
    }

    /// Returns the context for gRPC with clients that have no certificate. It shares no sessions with the others.
    public SslContext http2ForStrangers() {
        return http2(strangers, ClientAuth.NONE);
    }

    private static SslContext http2(SSLContext context, ClientAuth clients) {
        var negotiation = new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                ApplicationProtocolNames.HTTP_2);
        return new JdkSslContext(
                context,
                false,
                SUITES,
                SupportedCipherSuiteFilter.INSTANCE,
                negotiation,
                clients,
                new String[] {VERSION},
                false);
    }

    /// Returns the context for HTTP/1.1. Its user has to require client certificates, [#VERSION] and [#suites].
    public SSLContext context() {
        return context;
    }

    /// Returns the cipher suites that may be negotiated.
    public static String[] suites() {
        return SUITES.toArray(String[]::new);
    }

    private void use(ServerCredential credential) throws PkiException {
        try {
            keys.updateIdentityCredentials(credential.chain().toArray(X509Certificate[]::new), credential.key());
            serial = Certificates.serial(credential.certificate());
            expires = credential.certificate().getNotAfter().toInstant();
        } catch (RuntimeException e) {
            throw new PkiException("the server's certificate cannot be used: " + e.getMessage());
        }
    }

    /// Returns the expiry of the server's certificate.
    public synchronized Instant expires() {
        return expires;
    }

    /// Returns the expiry of the authority that issues.
    public synchronized Instant authorityExpires() {
        return trusted.getFirst().getNotAfter().toInstant();
    }

    /// Replaces what a rotation of the authority has changed, and the server's certificate if half of its
    /// time is over.
    public synchronized void rotate() {
        try {
            var authorities = directory.authorities().trusted();
            if (!authorities.equals(trusted)) {
                trust(authorities);
                LOG.info("the fleet trusts {} authorities now; {} issues", authorities.size(), name(authorities));
            }
            var credential = directory.server(clock.instant());
            if (!Certificates.serial(credential.certificate()).equals(serial)) {
                use(credential);
                LOG.info("the server has certificate {} now", serial);
            }
        } catch (PkiException e) {
            LOG.error("the server's certificate cannot be replaced: {}", e.getMessage());
        }
    }

    private static String name(List<X509Certificate> authorities) {
        return authorities.getFirst().getSubjectX500Principal().getName();
    }
}
