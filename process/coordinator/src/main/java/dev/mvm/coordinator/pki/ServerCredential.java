package dev.mvm.coordinator.pki;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// A private key and the certificates that belong to it, its own first.
public record ServerCredential(PrivateKey key, List<X509Certificate> chain) {
    static final String ALGORITHM = "SHA256withECDSA";

    public ServerCredential {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a credential has a certificate");
        }
    }

    public X509Certificate certificate() {
        return chain.getFirst();
    }

    /// Returns whether half of the certificate's time is over at `moment`, and it has to be replaced.
    public boolean halfSpent(Instant moment) {
        var from = certificate().getNotBefore().toInstant();
        var until = certificate().getNotAfter().toInstant();
        return !moment.isBefore(from.plus(Duration.between(from, until).dividedBy(2)));
    }

    /// Returns whether the key belongs to the certificate, by signing and verifying.
    boolean fits() {
        try {
            var message = certificate().getEncoded();
            var signature = Signature.getInstance(ALGORITHM);
            signature.initSign(key);
            signature.update(message);
            var signed = signature.sign();
            signature.initVerify(certificate().getPublicKey());
            signature.update(message);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // keys of two kinds
        }
    }

    @Override
    public String toString() {
        return "credential " + Certificates.serial(certificate());
    }
}
