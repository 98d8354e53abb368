package dev.mvm.coordinator.pki;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/// Requests for certificates (PKCS #10, RFC 2986). Only the key is used, and only if the request proves that its
/// sender has the private half; the name comes from the caller's present certificate.
public final class CertificateRequests {
    private static final int MAX_BYTES = 8 * 1024;
    private static final int FIELD_BITS = 256;

    private CertificateRequests() {}

    /// Returns the P-256 key that the certificate is for.
    ///
    /// @throws PkiException if the request is malformed, is not for a P-256 key, or is signed by another key
    public static PublicKey key(byte[] der) throws PkiException {
        if (der.length > MAX_BYTES) {
            throw new PkiException("the certificate request is too large");
        }
        try {
            var request = new JcaPKCS10CertificationRequest(der);
            var key = request.getPublicKey();
            if (!(key instanceof ECPublicKey ec)
                    || ec.getParams().getCurve().getField().getFieldSize() != FIELD_BITS) {
                throw new PkiException("the certificate request is not for a P-256 key");
            }
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new PkiException("the certificate request is not signed by its own key");
            }
            return key;
        } catch (IOException
                | GeneralSecurityException
                | OperatorCreationException
                | PKCSException
                | RuntimeException e) {
            // Bouncy Castle's parser has an exception of almost every kind for malformed DER
            throw new PkiException("not a certificate request");
        }
    }
}
