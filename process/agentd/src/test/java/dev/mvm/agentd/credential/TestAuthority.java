package dev.mvm.agentd.credential;

import dev.mvm.protocol.trust.Ceremony;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/// A certificate authority that signs whatever a test asks for.
public record TestAuthority(KeyPair key, X509Certificate certificate) {
    public static final String NODE = "spiffe://mvm/node/" + Ceremony.NODE;
    private static final AtomicLong SERIAL = new AtomicLong(1);

    /// A content of a certificate that is a node's and good for a client unless a test says otherwise.
    public record Wanted(List<String> uris, List<String> hosts, KeyPurposeId use, boolean ca) {
        public static Wanted node() {
            return new Wanted(List.of(NODE), List.of(), KeyPurposeId.id_kp_clientAuth, false);
        }

        public static Wanted named(String... uris) {
            return new Wanted(List.of(uris), List.of(), KeyPurposeId.id_kp_clientAuth, false);
        }

        public static Wanted server() {
            return new Wanted(
                    List.of("spiffe://mvm/coordinator/main"),
                    List.of("localhost"),
                    KeyPurposeId.id_kp_serverAuth,
                    false);
        }
    }

    public static TestAuthority create(Instant now) throws GeneralSecurityException {
        var key = CertificateRequest.newKey();
        var name = "CN=authority " + SERIAL.get();
        var wanted = new Wanted(List.of(), List.of(), KeyPurposeId.id_kp_clientAuth, true);
        return new TestAuthority(
                key,
                sign(name, key, name, key.getPublic(), wanted, now.minus(Duration.ofDays(1)), Duration.ofDays(3650)));
    }

    public X509Certificate issue(Wanted wanted, PublicKey key, Instant from, Duration life)
            throws GeneralSecurityException {
        return sign(certificate.getSubjectX500Principal().getName(), this.key, "CN=subject", key, wanted, from, life);
    }

    /// Answers a request as a coordinator does.
    RenewalAnswer answer(byte[] request, Wanted wanted, Instant from, Duration life) {
        try {
            var asked = new JcaPKCS10CertificationRequest(request).getPublicKey();
            return new RenewalAnswer(
                    List.of(issue(wanted, asked, from, life).getEncoded(), certificate.getEncoded()),
                    List.of(certificate.getEncoded()),
                    Optional.empty());
        } catch (IOException | GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /// A node's credential, trusting this authority.
    public Credential credential(Instant from, Duration life) throws GeneralSecurityException {
        var pair = CertificateRequest.newKey();
        return new Credential(
                pair.getPrivate(), issue(Wanted.node(), pair.getPublic(), from, life), List.of(certificate), from);
    }

    /// Writes the three files of an installed credential.
    public static void install(Path directory, Credential credential) throws IOException, GeneralSecurityException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("key.pem"), Pem.of(credential.key()));
        Files.writeString(directory.resolve("cert.pem"), Pem.of(credential.certificate()));
        var authorities = new StringBuilder();
        for (var authority : credential.authorities()) {
            authorities.append(Pem.of(authority));
        }
        Files.writeString(directory.resolve("ca.pem"), authorities);
    }

    private static X509Certificate sign(
            String issuer, KeyPair by, String subject, PublicKey key, Wanted wanted, Instant from, Duration life)
            throws GeneralSecurityException {
        var builder = new JcaX509v3CertificateBuilder(
                new X500Principal(issuer),
                BigInteger.valueOf(SERIAL.incrementAndGet()),
                Date.from(from),
                Date.from(from.plus(life)),
                new X500Principal(subject),
                key);
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(wanted.ca()));
            if (!wanted.ca()) {
                builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(wanted.use()));
            }
            var names = new ArrayList<GeneralName>();
            wanted.uris().forEach(uri -> names.add(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
            wanted.hosts().forEach(host -> names.add(new GeneralName(GeneralName.dNSName, host)));
            if (!names.isEmpty()) {
                builder.addExtension(
                        Extension.subjectAlternativeName, false, new GeneralNames(names.toArray(GeneralName[]::new)));
            }
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(by.getPrivate());
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        } catch (IOException | OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }
}
