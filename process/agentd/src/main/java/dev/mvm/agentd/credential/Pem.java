package dev.mvm.agentd.credential;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/// Keys (PKCS #8) and certificates as text (RFC 7468).
final class Pem {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z ]{1,40})-----\\s([A-Za-z0-9+/=\\s]*)-----END \\1-----");
    private static final String KEY = "PRIVATE KEY";
    private static final String CERTIFICATE = "CERTIFICATE";

    private Pem() {}

    static String of(PrivateKey key) {
        return block(KEY, key.getEncoded());
    }

    static String of(X509Certificate certificate) throws CertificateException {
        return block(CERTIFICATE, certificate.getEncoded());
    }

    private static String block(String label, byte[] content) {
        var body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    /// Returns the only private key in `text`, of the kind of `algorithm`.
    static PrivateKey key(byte[] text, String algorithm) throws GeneralSecurityException {
        var keys = contents(text, KEY);
        if (keys.size() != 1) {
            throw new GeneralSecurityException("there is not exactly one private key");
        }
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(keys.getFirst()));
    }

    /// Returns the certificates in `text`, of which there is at least one.
    static List<X509Certificate> certificates(byte[] text) throws CertificateException {
        var out = new ArrayList<X509Certificate>();
        for (var content : contents(text, CERTIFICATE)) {
            out.add(certificate(content));
        }
        if (out.isEmpty()) {
            throw new CertificateException("there is no certificate");
        }
        return out;
    }

    /// Reads a certificate in DER.
    static X509Certificate certificate(byte[] der) throws CertificateException {
        var read = CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        if (read instanceof X509Certificate certificate) {
            return certificate;
        }
        throw new CertificateException("a certificate is not X.509");
    }

    private static List<byte[]> contents(byte[] text, String label) {
        var out = new ArrayList<byte[]>();
        var blocks = BLOCK.matcher(new String(text, US_ASCII));
        while (blocks.find()) {
            if (blocks.group(1).equals(label)) {
                out.add(Base64.getMimeDecoder().decode(blocks.group(2)));
            }
        }
        return out;
    }
}
