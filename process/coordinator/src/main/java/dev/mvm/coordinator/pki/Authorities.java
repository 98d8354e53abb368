package dev.mvm.coordinator.pki;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The authorities that a fleet trusts: the one that signs certificates of nodes and operators, and during
/// a rotation one more.
///
/// @param other the one that a rotation is about to drop
record Authorities(Authority issuing, Optional<Authority> other) {
    Stream<Authority> all() {
        return Stream.concat(Stream.of(issuing), other.stream());
    }

    /// Requires that each can sign.
    void demandKeys() throws PkiException {
        for (var authority : all().toList()) {
            authority.key().demand();
        }
    }

    /// Returns the certificates of all, the issuing authority's first.
    List<X509Certificate> trusted() {
        return all().map(Authority::certificate).toList();
    }

    /// Returns the authority that signs the coordinator's own certificate: the older one, because nodes
    /// that have not renewed since a rotation began know no other.
    Authority ofServer() {
        Comparator<Authority> age = Comparator.comparing(Authorities::since);
        return all().min(age).orElse(issuing);
    }

    private static Instant since(Authority authority) {
        return authority.certificate().getNotBefore().toInstant();
    }

    /// Returns the authority whose key has signed a certificate. The name of the issuer shows nothing: TLS
    /// would also take a chain in which one authority has signed another of the same name.
    Optional<Authority> issuerOf(X509Certificate certificate) {
        return all().filter(authority -> signed(authority, certificate)).findFirst();
    }

    private static boolean signed(Authority authority, X509Certificate certificate) {
        try {
            certificate.verify(authority.certificate().getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
