package dev.mvm.coordinator.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;

/// The fleet's certificate authority: one key that signs the certificates of nodes, operators and
/// coordinators.
///
/// A certificate authenticates its holder. It never decides what may run; signed documents do.
public final class Authority {
    /// A new certificate is valid for clocks that are behind this one by at most this time.
    static final Duration SKEW = Duration.ofMinutes(5);

    private static final Duration CA_LIFE = Duration.ofDays(3650);
    private static final int NAME_DIGITS = 16;

    private final X509Certificate certificate;
    private final AuthorityKey key;
    private final SecureRandom random = new SecureRandom();

    Authority(X509Certificate certificate, AuthorityKey key) {
        this.certificate = certificate;
        this.key = key;
    }

    /// Returns a new authority.
    ///
    /// @throws PkiException if the key cannot be used
    static Authority create(AuthorityKey.Named key, Instant now) throws PkiException {
        var number = serial(new SecureRandom());
        // during a rotation there are two: certificates have to tell which one has issued them
        var name = new X500Principal(
                "CN=mvm fleet authority " + Certificates.serial(number).substring(0, NAME_DIGITS));
        try {
            var builder = new JcaX509v3CertificateBuilder(
                    name, number, Date.from(now.minus(SKEW)), Date.from(now.plus(CA_LIFE)), name, key.half());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            var ids = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.subjectKeyIdentifier, false, ids.createSubjectKeyIdentifier(key.half()));
            return new Authority(key.signed(builder), key);
        } catch (IOException | GeneralSecurityException e) {
            throw impossible(e);
        }
    }

    AuthorityKey key() {
        return key;
    }

    public X509Certificate certificate() {
        return certificate;
    }

    /// Returns a new key pair on P-256.
    public static KeyPair newKeyPair() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw impossible(e);
        }
    }

    /// The content of a certificate to be issued.
    ///
    /// @param life validity from now on; cut at the end of the authority's own
    /// @param hosts DNS names and IP addresses by which clients dial a coordinator; only coordinators have any
    public record Request(Peer peer, PublicKey key, Duration life, List<String> hosts) {
        public Request {
            hosts = List.copyOf(hosts);
            if (peer.role() != CertificateRole.COORDINATOR && !hosts.isEmpty()) {
                throw new IllegalArgumentException("only a coordinator is dialled");
            }
        }
    }

    /// Signs a certificate.
    ///
    /// @param enrolled the moment of the enrolment that it comes of
    /// @return the certificate and this authority's own
    /// @throws PkiException if the authority's key cannot be used now
    List<X509Certificate> issue(Request request, Instant enrolled, Instant now) throws PkiException {
        var end = now.plus(request.life());
        var latest = certificate().getNotAfter().toInstant();
        try {
            var builder = new JcaX509v3CertificateBuilder(
                    certificate(),
                    serial(random),
                    Date.from(now.minus(SKEW)),
                    Date.from(end.isBefore(latest) ? end : latest),
                    new X500Principal("CN=" + request.peer().name()),
                    request.key());
            var ids = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.extendedKeyUsage,
                    false,
                    new ExtendedKeyUsage(purpose(request.peer().role())));
            builder.addExtension(Extension.subjectAlternativeName, false, names(request));
            builder.addExtension(Extension.subjectKeyIdentifier, false, ids.createSubjectKeyIdentifier(request.key()));
            builder.addExtension(
                    Extension.authorityKeyIdentifier, false, ids.createAuthorityKeyIdentifier(certificate()));
            Enrolment.put(builder, enrolled);
            return List.of(key.signed(builder), certificate());
        } catch (IOException | GeneralSecurityException e) {
            throw impossible(e);
        }
    }

    /// A certificate is for servers or for clients, never for both: a stolen node key cannot impersonate a
    /// coordinator.
    private static KeyPurposeId purpose(CertificateRole role) {
        return switch (role) {
            case NODE, OPERATOR -> KeyPurposeId.id_kp_clientAuth;
            case COORDINATOR -> KeyPurposeId.id_kp_serverAuth;
        };
    }

    private static GeneralNames names(Request request) {
        var names = new ArrayList<GeneralName>();
        names.add(new GeneralName(
                GeneralName.uniformResourceIdentifier, request.peer().uri()));
        for (var host : request.hosts()) {
            boolean address = host.matches("[0-9.]+") || host.contains(":");
            names.add(new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, host));
        }
        return new GeneralNames(names.toArray(GeneralName[]::new));
    }

    /// 16 bytes, positive (RFC 5280 section 4.1.2.2).
    private static BigInteger serial(SecureRandom random) {
        return new BigInteger(126, random).setBit(126);
    }

    private static IllegalStateException impossible(Exception e) {
        return new IllegalStateException("every JDK can make these certificates", e);
    }
}
