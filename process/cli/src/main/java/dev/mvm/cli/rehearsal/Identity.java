package dev.mvm.cli.rehearsal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.cli.certificate.CertificateDer;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// A key, its certificate, and the certificate of the authority that signed it. They are made as a fleet's are, so
/// that the TLS stack checks as much; the authority's key is dropped at once.
///
/// The JDK reads certificates and makes none. The layout is that of RFC 5280, section 4.1, the extensions of 4.2.1.
record Identity(PrivateKey key, X509Certificate own, X509Certificate authority) {
    private static final byte[] ECDSA_WITH_SHA256 = CertificateDer.sequence(CertificateDer.oid("2a8648ce3d040302"));
    private static final byte[] COMMON_NAME = CertificateDer.oid("550403");
    private static final byte[] LOOPBACK = {127, 0, 0, 1};
    private static final byte[] COORDINATOR = "spiffe://mvm/coordinator/canned".getBytes(US_ASCII);
    private static final int VERSION_3 = 2;
    private static final Duration LIFE = Duration.ofDays(1);

    /// Creates an identity for client and server on 127.0.0.1, valid for a day.
    static Identity create(Instant now) throws GeneralSecurityException {
        var authority = keyPair();
        var own = keyPair();
        var mayCertify = extensions(
                critical("13", CertificateDer.sequence(CertificateDer.yes())),
                critical("0f", CertificateDer.bits(2, new byte[] {4})));
        var purposes =
                CertificateDer.sequence(CertificateDer.oid("2b06010505070301"), CertificateDer.oid("2b06010505070302"));
        var mayTalk = extensions(
                critical("13", CertificateDer.sequence()),
                critical("0f", CertificateDer.bits(7, new byte[] {(byte) 0x80})),
                extension("25", purposes),
                extension(
                        "11",
                        CertificateDer.sequence(
                                CertificateDer.value(0x87, LOOPBACK), CertificateDer.value(0x86, COORDINATOR))));
        return new Identity(
                own.getPrivate(),
                certificate("operator", own.getPublic(), mayTalk, authority.getPrivate(), now),
                certificate("authority", authority.getPublic(), mayCertify, authority.getPrivate(), now));
    }

    private static KeyPair keyPair() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static X509Certificate certificate(
            String subject, PublicKey key, byte[] extensions, PrivateKey authority, Instant now)
            throws GeneralSecurityException {
        var validity = CertificateDer.sequence(time(now.minus(LIFE)), time(now.plus(LIFE)));
        var signed = CertificateDer.sequence(
                CertificateDer.tagged(0, CertificateDer.integer(VERSION_3)),
                CertificateDer.integer(1),
                ECDSA_WITH_SHA256,
                name("authority"),
                validity,
                name(subject),
                key.getEncoded(),
                CertificateDer.tagged(3, extensions));
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(authority);
        signature.update(signed);
        var certificate = CertificateDer.sequence(signed, ECDSA_WITH_SHA256, CertificateDer.bits(0, signature.sign()));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(certificate));
    }

    private static byte[] name(String commonName) {
        return CertificateDer.sequence(
                CertificateDer.set(CertificateDer.sequence(COMMON_NAME, CertificateDer.text(commonName))));
    }

    private static byte[] time(Instant moment) {
        return CertificateDer.time(DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'")
                .withZone(ZoneOffset.UTC)
                .format(moment));
    }

    private static byte[] extensions(byte[]... extensions) {
        return CertificateDer.sequence(extensions);
    }

    /// @param number the last of the object identifier 2.5.29.n, in hexadecimal
    private static byte[] extension(String number, byte[] value) {
        return CertificateDer.sequence(CertificateDer.oid("551d" + number), CertificateDer.octets(value));
    }

    private static byte[] critical(String number, byte[] value) {
        return CertificateDer.sequence(
                CertificateDer.oid("551d" + number), CertificateDer.yes(), CertificateDer.octets(value));
    }
}
