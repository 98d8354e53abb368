package dev.mvm.protocol.audit;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A TLS server on loopback with a certificate of an authority of its own, for tests of clients.
public final class FakeCoordinator implements AutoCloseable {
    private static final X500Principal AUTHORITY = new X500Principal("CN=test authority");
    private static final X500Principal HOLDER = new X500Principal("CN=test");
    private static final char[] NO_PASSWORD = new char[0];

    private final KeyPair authorityKey;
    private final X509Certificate authority;
    private final SSLServerSocket server;

    /// Opens a server that speaks one version of TLS.
    ///
    /// @param uris the names in its certificate, besides its address
    public FakeCoordinator(String version, List<String> uris) throws IOException, GeneralSecurityException {
        authorityKey = newKey();
        authority = certificate(authorityKey, AUTHORITY, authorityKey, List.of());
        var key = newKey();
        var names = new ArrayList<GeneralName>();
        names.add(new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
        uris.forEach(uri -> names.add(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        var chain = new Certificate[] {certificate(authorityKey, HOLDER, key, names), authority};
        store.setKeyEntry("own", key.getPrivate(), NO_PASSWORD, chain);
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, NO_PASSWORD);
        var tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), null, null);
        server = (SSLServerSocket)
                tls.getServerSocketFactory().createServerSocket(0, 1, InetAddress.getLoopbackAddress());
        server.setEnabledProtocols(new String[] {version});
        var parameters = server.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        server.setSSLParameters(parameters);
    }

    public int port() {
        return server.getLocalPort();
    }

    /// Takes one connection, and refuses later ones. The result says whether the client has finished the handshake.
    public CompletableFuture<Boolean> handshake() {
        var done = new CompletableFuture<Boolean>();
        Thread.ofVirtual().start(() -> {
            try (var socket = (SSLSocket) server.accept()) {
                server.close(); // a client that tries again is refused and does not wait
                socket.startHandshake();
                done.complete(true);
            } catch (IOException e) {
                done.complete(false); // an alert, or a connection that the client has closed
            }
        });
        return done;
    }

    /// Writes a client's credential of the same authority.
    ///
    /// @param uris the names in its certificate
    public Path credential(Path directory, String... uris) throws IOException, GeneralSecurityException {
        var key = newKey();
        var names = Stream.of(uris)
                .map(uri -> new GeneralName(GeneralName.uniformResourceIdentifier, uri))
                .toList();
        Files.createDirectories(directory);
        pem(directory.resolve("key.pem"), "PRIVATE KEY", key.getPrivate().getEncoded());
        pem(
                directory.resolve("cert.pem"),
                "CERTIFICATE",
                certificate(authorityKey, HOLDER, key, names).getEncoded());
        pem(directory.resolve("ca.pem"), "CERTIFICATE", authority.getEncoded());
        return directory;
    }

    private static void pem(Path file, String what, byte[] der) throws IOException {
        var body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(file, "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
    }

    private static KeyPair newKey() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static X509Certificate certificate(KeyPair by, X500Principal subject, KeyPair key, List<GeneralName> names)
            throws IOException, GeneralSecurityException {
        var now = Instant.now();
        var builder = new JcaX509v3CertificateBuilder(
                AUTHORITY,
                new BigInteger(64, new SecureRandom()),
                Date.from(now.minus(Duration.ofDays(1))),
                Date.from(now.plus(Duration.ofDays(1))),
                subject,
                key.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(subject.equals(AUTHORITY)));
        if (!names.isEmpty()) {
            var all = new GeneralNames(names.toArray(GeneralName[]::new));
            builder.addExtension(Extension.subjectAlternativeName, false, all);
        }
        try {
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(by.getPrivate());
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
