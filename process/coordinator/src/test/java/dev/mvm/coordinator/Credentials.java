package dev.mvm.coordinator;

import com.google.protobuf.ByteString;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/// Keys and certificates of callers, as folders.
public final class Credentials {
    private Credentials() {}

    /// A request for a certificate for this key.
    public static ByteString request(KeyPair pair) throws Exception {
        var request = new JcaPKCS10CertificationRequestBuilder(new X500Principal("CN=any"), pair.getPublic())
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()));
        return ByteString.copyFrom(request.getEncoded());
    }

    /// Writes a credential into the new folder `out`.
    ///
    /// @param chain the certificate and that of the authority
    static Path written(Path out, KeyPair pair, List<ByteString> chain) throws IOException {
        Files.createDirectory(out);
        Files.writeString(
                out.resolve("key.pem"),
                block("PRIVATE KEY", ByteString.copyFrom(pair.getPrivate().getEncoded())));
        Files.writeString(
                out.resolve("cert.pem"), block("CERTIFICATE", chain.get(0)) + block("CERTIFICATE", chain.get(1)));
        Files.writeString(out.resolve("ca.pem"), block("CERTIFICATE", chain.get(1)));
        return out;
    }

    private static String block(String label, ByteString content) {
        var body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content.toByteArray());
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    /// A client that trusts the authority of `credential`, and has its key and certificate if it is to.
    public static HttpClient client(Path credential, boolean withCertificate, String... protocols) throws Exception {
        var certificates = CertificateFactory.getInstance("X.509");
        var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (var in = Files.newInputStream(credential.resolve("ca.pem"))) {
            trusted.setCertificateEntry("fleet", certificates.generateCertificate(in));
        }
        var own = KeyStore.getInstance(KeyStore.getDefaultType());
        own.load(null, null);
        if (withCertificate) {
            var pem = Files.readString(credential.resolve("key.pem")).replaceAll("-----[A-Z ]+-----|\\s", "");
            var key = KeyFactory.getInstance("EC")
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
            var chain = certificates.generateCertificates(
                    new ByteArrayInputStream(Files.readAllBytes(credential.resolve("cert.pem"))));
            own.setKeyEntry("own", key, new char[0], chain.toArray(Certificate[]::new));
        }
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(own, new char[0]);
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        var tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        var builder = HttpClient.newBuilder().sslContext(tls);
        if (protocols.length > 0) {
            var parameters = tls.getDefaultSSLParameters();
            parameters.setProtocols(protocols);
            builder.sslParameters(parameters);
        }
        return builder.build();
    }
}
