package dev.mvm.agentd.credential;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.HexFormat;

/// Makes requests for certificates (PKCS #10, RFC 2986) of P-256 keys. The subject is empty: the coordinator takes
/// the key alone from a request. The JDK reads such requests nowhere in its public interface, and writes none.
public final class CertificateRequest {
    private static final int SEQUENCE = 0x30;
    private static final int BIT_STRING = 0x03;
    private static final int LONG_FORM = 0x80;

    /// Version 0; an empty name.
    private static final byte[] HEAD = HexFormat.of().parseHex("0201003000");

    /// No attributes.
    private static final byte[] TAIL = HexFormat.of().parseHex("a000");

    /// ecdsa-with-SHA256, 1.2.840.10045.4.3.2.
    private static final byte[] ALGORITHM = HexFormat.of().parseHex("300a06082a8648ce3d040302");

    private CertificateRequest() {}

    public static KeyPair newKey() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw impossible(e);
        }
    }

    /// Returns a request in DER, signed by the private half.
    public static byte[] of(KeyPair pair) {
        try {
            var content = element(SEQUENCE, HEAD, pair.getPublic().getEncoded(), TAIL);
            var signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(pair.getPrivate());
            signature.update(content);
            return element(SEQUENCE, content, ALGORITHM, element(BIT_STRING, new byte[] {0}, signature.sign()));
        } catch (GeneralSecurityException e) {
            throw impossible(e);
        }
    }

    /// An element of DER with its length (X.690 section 8.1.3).
    private static byte[] element(int tag, byte[]... parts) {
        var body = new ByteArrayOutputStream();
        for (var part : parts) {
            body.writeBytes(part);
        }
        var out = new ByteArrayOutputStream();
        out.write(tag);
        if (body.size() >= LONG_FORM) {
            out.write(LONG_FORM | (body.size() > 0xff ? 2 : 1));
            if (body.size() > 0xff) {
                out.write(body.size() >> 8);
            }
        }
        out.write(body.size());
        out.writeBytes(body.toByteArray());
        return out.toByteArray();
    }

    private static IllegalStateException impossible(Exception e) {
        return new IllegalStateException("every JDK has P-256", e);
    }
}
