package dev.mvm.coordinator.pki;

import java.math.BigInteger;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Reads the facts that the fleet uses from certificates.
public final class Certificates {
    /// GeneralName of type URI, RFC 5280 section 4.2.1.6.
    private static final int URI = 6;

    private Certificates() {}

    /// Returns the name in a certificate: its only URI, in the fleet's form. Empty for a certificate with several
    /// URIs, which could be read as two names.
    public static Optional<Peer> peer(X509Certificate certificate) {
        var uris = names(certificate).stream()
                .filter(name -> name.getFirst().equals(URI))
                .map(name -> String.valueOf(name.get(1)))
                .toList();
        return uris.size() == 1 ? Peer.ofUri(uris.getFirst()) : Optional.empty();
    }

    private static Collection<List<?>> names(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null ? List.of() : names;
        } catch (CertificateParsingException e) {
            return List.of(); // unreadable names count as no name
        }
    }

    /// Returns the serial number in hexadecimal, lower case.
    public static String serial(X509Certificate certificate) {
        return serial(certificate.getSerialNumber());
    }

    static String serial(BigInteger number) {
        return number.toString(16).toLowerCase(Locale.ROOT);
    }

    public static boolean validAt(X509Certificate certificate, Instant moment) {
        return !moment.isBefore(certificate.getNotBefore().toInstant())
                && moment.isBefore(certificate.getNotAfter().toInstant());
    }
}
