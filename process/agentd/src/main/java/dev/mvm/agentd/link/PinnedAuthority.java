package dev.mvm.agentd.link;

import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Trusts a coordinator whose certificate is by the one authority that a digest names. Its chain brings the authority's
/// certificate; all else is checked as it is later, with a credential.
final class PinnedAuthority extends X509ExtendedTrustManager {
    /// The reason to refuse a server whose chain has another authority.
    static final String MISSED = "the server's certificate is not by the authority that the token names: the authority"
            + " was replaced since the token was made, or this is the coordinator of another fleet. The token was not"
            + " told; mvm-coordinator enrol-token makes another";

    private final byte[] pin;
    private final AtomicBoolean missed = new AtomicBoolean();

    /// @param pin SHA-256 of the authority's certificate, in hexadecimal
    PinnedAuthority(String pin) {
        this.pin = HexFormat.of().parseHex(pin);
    }

    /// Returns the authority in a chain.
    Optional<X509Certificate> in(X509Certificate... chain) {
        return Arrays.stream(chain).filter(this::isIt).findFirst();
    }

    /// Returns whether a server was refused because its chain has another authority.
    boolean missed() {
        return missed.get();
    }

    private boolean isIt(X509Certificate certificate) {
        try {
            return MessageDigest.isEqual(
                    pin, MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        var authority = in(chain);
        if (authority.isEmpty()) {
            missed.set(true);
            throw new CertificateException(MISSED);
        }
        try {
            var trust = AdvancedTlsX509TrustManager.newBuilder()
                    .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_AND_HOST_NAME_VERIFICATION)
                    .setSslSocketAndEnginePeerVerifier(new CoordinatorChannel.CoordinatorOnly())
                    .build();
            trust.updateTrustCredentials(new X509Certificate[] {authority.get()});
            trust.checkServerTrusted(chain, authType, engine);
        } catch (CertificateException e) {
            throw e;
        } catch (IOException | GeneralSecurityException e) {
            throw new CertificateException(e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("there is no host name to check");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("there is no host name to check");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("this is no server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("this is no server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("this is no server");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
