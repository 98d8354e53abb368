package dev.mvm.coordinator.pki;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/// Keys (PKCS #8) and certificates as text (RFC 7468).
final class PemText {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z ]{1,40})-----\\s([A-Za-z0-9+/=\\s]*)-----END \\1-----");
    private static final String KEY = "PRIVATE KEY";
    private static final String CERTIFICATE = "CERTIFICATE";

    private PemText() {}

    static byte[] of(PrivateKey key) {
        return block(KEY, key.getEncoded()).getBytes(US_ASCII);
    }

    static byte[] of(List<X509Certificate> certificates) {
        var out = new StringBuilder();
        for (var certificate : certificates) {
            try {
                out.append(block(CERTIFICATE, certificate.getEncoded()));
            } catch (CertificateEncodingException e) {
                throw new IllegalStateException("a certificate has an encoding", e);
            }
        }
        return out.toString().getBytes(US_ASCII);
    }

    private static String block(String label, byte[] content) {
        var body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    static byte[] of(ServerCredential credential) {
        return (new String(of(credential.key()), US_ASCII) + new String(of(credential.chain()), US_ASCII))
                .getBytes(US_ASCII);
    }

    /// Returns the key and the certificates in `text`.
    ///
    /// @param place name of the text in errors
    static ServerCredential credential(byte[] text, String place) throws PkiException {
        var found = credentials(text, place);
        if (found.size() != 1) {
            throw new PkiException(place + " does not hold exactly one private key");
        }
        return found.getFirst();
    }

    /// Returns the keys in `text`, at least one, each with the certificates that follow it.
    ///
    /// @param place name of the text in errors
    static List<ServerCredential> credentials(byte[] text, String place) throws PkiException {
        var parts = new String(text, US_ASCII).split("(?=-----BEGIN " + KEY + "-----)", -1);
        var out = new ArrayList<ServerCredential>();
        for (var part : parts) {
            var keys = contents(part.getBytes(US_ASCII), KEY);
            if (!keys.isEmpty()) {
                out.add(new ServerCredential(
                        key(keys.getFirst(), place), certificates(part.getBytes(US_ASCII), place)));
            }
        }
        if (out.isEmpty()) {
            throw new PkiException(place + " holds no private key");
        }
        return out;
    }

    private static PrivateKey key(byte[] content, String place) throws PkiException {
        try {
            return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(content));
        } catch (GeneralSecurityException e) {
            throw new PkiException(place + " does not hold an EC private key");
        }
    }

    static List<X509Certificate> certificates(byte[] text, String place) throws PkiException {
        var out = new ArrayList<X509Certificate>();
        try {
            var factory = CertificateFactory.getInstance("X.509");
            for (var content : contents(text, CERTIFICATE)) {
                out.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(content)));
            }
        } catch (GeneralSecurityException e) {
            throw new PkiException(place + " holds a certificate that cannot be read");
        }
        if (out.isEmpty()) {
            throw new PkiException(place + " holds no certificate");
        }
        return out;
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
