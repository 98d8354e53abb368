package dev.mvm.cli.certificate;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;

/// Requests for certificates (PKCS #10, RFC 2986). The JDK makes none. The coordinator takes the key from a request,
/// and
/// the name from elsewhere.
public final class CertificateRequest {
    private static final byte[] ECDSA_WITH_SHA256 = CertificateDer.sequence(CertificateDer.oid("2a8648ce3d040302"));
    private static final byte[] COMMON_NAME = CertificateDer.oid("550403");

    private CertificateRequest() {}

    /// Returns a new key pair on P-256.
    public static KeyPair newKeyPair() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has P-256", e);
        }
    }

    /// Returns a request for a certificate for `key`, in DER.
    ///
    /// @param name of the operator
    /// @param own the private half of `key`
    public static byte[] of(String name, PublicKey key, PrivateKey own) throws GeneralSecurityException {
        var subject = CertificateDer.sequence(
                CertificateDer.set(CertificateDer.sequence(COMMON_NAME, CertificateDer.text(name))));
        var noAttributes = CertificateDer.tagged(0, new byte[0]);
        var signed = CertificateDer.sequence(CertificateDer.integer(0), subject, key.getEncoded(), noAttributes);
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(own);
        signature.update(signed);
        return CertificateDer.sequence(signed, ECDSA_WITH_SHA256, CertificateDer.bits(0, signature.sign()));
    }
}
