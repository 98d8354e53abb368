package dev.mvm.coordinator.pki;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// A private key and the certificates that belong to it, its own first.
public record Credential(PrivateKey key, List<X509Certificate> chain) {
    public Credential {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a credential has a certificate");
        }
    }

    public X509Certificate certificate() {
        return chain.getFirst();
    }

    /// Whether half of the certificate's time is over at `moment`: the time to replace it.
    public boolean halfSpent(Instant moment) {
        var from = certificate().getNotBefore().toInstant();
        var until = certificate().getNotAfter().toInstant();
        return !moment.isBefore(from.plus(Duration.between(from, until).dividedBy(2)));
    }

    @Override
    public String toString() {
        return "credential " + Certificates.serial(certificate());
    }
}
