package dev.mvm.protocol.control.tls;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/// The name that clients require of a coordinator, besides a certificate of the fleet's authority for the
/// host that they dial: a node has a certificate of the authority too.
public final class CoordinatorIdentity {
    /// The only version of TLS that is spoken.
    public static final String TLS = "TLSv1.3";

    /// GeneralName of type URI, RFC 5280 section 4.2.1.6.
    private static final int URI = 6;

    private static final Pattern COORDINATOR =
            Pattern.compile("spiffe://mvm/coordinator/[a-z]([a-z0-9-]{0,61}[a-z0-9])?");

    private CoordinatorIdentity() {}

    /// Requires that a certificate names a coordinator, by its only URI: one with several could be read as
    /// two names.
    public static void require(X509Certificate certificate) throws CertificateException {
        Collection<List<?>> all = certificate.getSubjectAlternativeNames();
        var uris = (all == null ? List.<List<?>>of() : all)
                .stream()
                        .filter(name -> Integer.valueOf(URI).equals(name.getFirst()))
                        .map(name -> String.valueOf(name.get(1)))
                        .toList();
        if (uris.size() != 1 || !COORDINATOR.matcher(uris.getFirst()).matches()) {
            throw new CertificateException("the peer's certificate is not a coordinator's");
        }
    }
}
