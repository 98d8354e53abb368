package dev.mvm.cli.api;

import dev.mvm.protocol.control.tls.CoordinatorIdentity;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Trusts servers that the fleet's authority has made a coordinator.
final class CoordinatorTrust extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager chains;

    private CoordinatorTrust(X509ExtendedTrustManager chains) {
        this.chains = chains;
    }

    /// @param chains verifies chains and host names; initialised
    static CoordinatorTrust of(TrustManagerFactory chains) {
        return new CoordinatorTrust(Arrays.stream(chains.getTrustManagers())
                .filter(X509ExtendedTrustManager.class::isInstance)
                .map(X509ExtendedTrustManager.class::cast)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("every JDK verifies chains")));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
            throws CertificateException {
        chains.checkServerTrusted(chain, type, engine);
        CoordinatorIdentity.require(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
            throws CertificateException {
        chains.checkServerTrusted(chain, type, socket);
        CoordinatorIdentity.require(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("without a connection the host name is not known");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
            throws CertificateException {
        throw noServer();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
            throws CertificateException {
        throw noServer();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw noServer();
    }

    private static CertificateException noServer() {
        return new CertificateException("this program is not a server");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return chains.getAcceptedIssuers();
    }
}
