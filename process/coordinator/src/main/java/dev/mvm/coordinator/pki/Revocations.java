package dev.mvm.coordinator.pki;

import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The certificates that no longer count although they have not expired: revoked ones, and those of an
/// authority that was dropped. What decides is read again whenever it has changed on disk. Thread-safe.
public final class Revocations {
    /// Certificates whose signature is remembered, which spares a verification for each call.
    private static final int MAX_VERIFIED = 4096;

    private final FleetDirectory directory;
    private String stamp = "";
    private RevokedList list = new RevokedList(Map.of(), Set.of());
    private Optional<Authorities> authorities = Optional.empty();
    private final Map<X509Certificate, Boolean> verified = new HashMap<>();

    public Revocations(FleetDirectory directory) {
        this.directory = directory;
    }

    private void refresh() throws PkiException {
        var now = directory.stamp();
        if (!now.equals(stamp)) {
            list = directory.revoked();
            authorities = Optional.of(directory.authorities());
            verified.clear();
            stamp = now;
        }
    }

    /// Returns whether a certificate is revoked.
    ///
    /// @throws PkiException if the list cannot be read; the caller has to reject all clients then
    public synchronized boolean revoked(X509Certificate certificate) throws PkiException {
        refresh();
        return list.holds(certificate);
    }

    /// Returns whether the fleet still trusts the authority that has issued a certificate.
    ///
    /// @throws PkiException if the authorities cannot be read; the caller has to reject all clients then
    public synchronized boolean trusted(X509Certificate certificate) throws PkiException {
        refresh();
        if (verified.size() >= MAX_VERIFIED) {
            verified.clear();
        }
        return verified.computeIfAbsent(
                certificate,
                one -> authorities.flatMap(fleet -> fleet.issuerOf(one)).isPresent());
    }
}
