package dev.mvm.protocol.audit;

import dev.mvm.model.Bytes;
import dev.mvm.model.NodeId;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A fleet's authority and certificates of its nodes, for tests.
///
/// @param authority whose key signed `certificate`
public record NodeCredential(KeyPair key, X509Certificate certificate, Authority authority) {
    /// Signs certificates.
    public record Authority(KeyPair key, X509Certificate certificate) {
        public static Authority create(Instant now) throws GeneralSecurityException {
            var key = newKey();
            return new Authority(
                    key,
                    NodeCredential.certificate("", key, key, now.minus(Duration.ofDays(1)), Duration.ofDays(3650)));
        }

        /// A certificate with any name, or none.
        public NodeCredential issue(String uri, Instant from, Duration life) throws GeneralSecurityException {
            var own = newKey();
            return new NodeCredential(own, NodeCredential.certificate(uri, own, key, from, life), this);
        }

        /// A node's certificate, good for a day.
        public NodeCredential issue(NodeId node, Instant now) throws GeneralSecurityException {
            return issue("spiffe://mvm/node/" + node, now, Duration.ofDays(1));
        }
    }

    private static KeyPair newKey() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static X509Certificate certificate(String uri, KeyPair subject, KeyPair issuer, Instant from, Duration life)
            throws GeneralSecurityException {
        var name = new X500Principal("CN=test");
        var builder = new JcaX509v3CertificateBuilder(
                name, BigInteger.TWO, Date.from(from), Date.from(from.plus(life)), name, subject.getPublic());
        try {
            if (!uri.isEmpty()) {
                var names = new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri));
                builder.addExtension(Extension.subjectAlternativeName, false, names);
            }
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(issuer.getPrivate());
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        } catch (IOException | OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    /// A checkpoint at `position`.
    public AuditRecord.Checkpoint sign(Position position) throws GeneralSecurityException {
        var der = Bytes.of(certificate.getEncoded());
        var algorithm = CheckpointVerification.algorithm(key.getPrivate().getAlgorithm());
        algorithm.initSign(key.getPrivate());
        algorithm.update(AuditRecord.Checkpoint.signed(position, der));
        return new AuditRecord.Checkpoint(position, der, Bytes.of(algorithm.sign()));
    }

    /// Writes the three files of a credential.
    public void write(Path directory) throws IOException, GeneralSecurityException {
        Files.createDirectories(directory);
        pem(directory.resolve("key.pem"), "PRIVATE KEY", key.getPrivate().getEncoded());
        pem(directory.resolve("cert.pem"), "CERTIFICATE", certificate.getEncoded());
        pem(directory.resolve("ca.pem"), "CERTIFICATE", authority.certificate.getEncoded());
    }

    private static void pem(Path file, String what, byte[] der) throws IOException {
        Files.writeString(
                file,
                "-----BEGIN " + what + "-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + what
                        + "-----\n");
    }
}
