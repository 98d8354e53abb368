package dev.mvm.cli.api;

import dev.mvm.cli.failure.Failure;
import dev.mvm.protocol.control.tls.CoordinatorIdentity;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/// An operator's key and certificate, and the fleet's authority, for mutual TLS with the fleet's own
/// coordinator only.
final class Credential {
    private static final String EXPECTED =
            "(expected key.pem, cert.pem and ca.pem as mvm-coordinator enrol makes them)";

    private Credential() {}

    /// Returns a TLS context for the credential in `directory`.
    ///
    /// @param directory holds `key.pem` (PKCS #8), `cert.pem` (the operator's certificate first) and `ca.pem`
    /// @throws Failure if a file is missing or invalid
    static SSLContext tls(Path directory) throws Failure {
        try {
            var own = own(directory);
            var trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(authority(directory));
            var tls = SSLContext.getInstance(CoordinatorIdentity.TLS);
            tls.init(new KeyManager[] {own}, new TrustManager[] {CoordinatorTrust.of(trust)}, null);
            return tls;
        } catch (NoSuchFileException e) {
            throw new Failure("no credential in " + directory + ": " + e.getFile() + " is missing " + EXPECTED);
        } catch (IOException e) {
            throw new Failure("cannot read the credential in " + directory + ": " + e.getMessage());
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new Failure("invalid credential in " + directory + " " + EXPECTED);
        }
    }

    /// Returns parameters for the one version of TLS that is spoken; a context by itself would also speak
    /// earlier ones.
    static SSLParameters parameters() {
        var parameters = new SSLParameters();
        parameters.setProtocols(new String[] {CoordinatorIdentity.TLS});
        return parameters;
    }

    private static OwnKey own(Path directory) throws IOException, GeneralSecurityException {
        var pem = Files.readString(directory.resolve("key.pem")).replaceAll("-----[A-Z ]+-----|\\s", "");
        var key = KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
        var chain = certificates(directory.resolve("cert.pem"));
        if (chain.length == 0) {
            throw new CertificateException("no certificate");
        }
        return new OwnKey(key, chain);
    }

    private static KeyStore authority(Path directory) throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int number = 0;
        for (var certificate : certificates(directory.resolve("ca.pem"))) {
            store.setCertificateEntry("fleet" + number++, certificate);
        }
        return store;
    }

    private static X509Certificate[] certificates(Path file) throws IOException, GeneralSecurityException {
        return CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))
                .toArray(X509Certificate[]::new);
    }
}
