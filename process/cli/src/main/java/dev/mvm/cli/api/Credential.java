package dev.mvm.cli.api;

import dev.mvm.cli.Failure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// An operator's key and certificate, and the fleet's authority: TLS with nobody but the fleet's own coordinator.
final class Credential {
    private static final char[] NO_PASSWORD = new char[0];

    private Credential() {}

    /// TLS as the credential in `directory` allows it.
    ///
    /// @param directory holds `key.pem` (PKCS #8), `cert.pem` (its own certificate first) and `ca.pem`
    static SSLContext tls(Path directory) throws Failure {
        try {
            var keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(own(directory), NO_PASSWORD);
            var trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(authority(directory));
            var tls = SSLContext.getInstance("TLSv1.3");
            tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return tls;
        } catch (IOException e) {
            throw new Failure("the credential in " + directory + " cannot be read: " + e.getMessage());
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new Failure("the credential in " + directory + " is none: want key.pem, cert.pem and ca.pem as"
                    + " mvm-coordinator enrol makes them");
        }
    }

    private static KeyStore own(Path directory) throws IOException, GeneralSecurityException {
        var pem = Files.readString(directory.resolve("key.pem")).replaceAll("-----[A-Z ]+-----|\\s", "");
        var key = KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
        var store = empty();
        store.setKeyEntry("own", key, NO_PASSWORD, certificates(directory.resolve("cert.pem")));
        return store;
    }

    private static KeyStore authority(Path directory) throws IOException, GeneralSecurityException {
        var store = empty();
        int number = 0;
        for (var certificate : certificates(directory.resolve("ca.pem"))) {
            store.setCertificateEntry("fleet" + number++, certificate);
        }
        return store;
    }

    private static Certificate[] certificates(Path file) throws IOException, GeneralSecurityException {
        return CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))
                .toArray(Certificate[]::new);
    }

    private static KeyStore empty() throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }
}
