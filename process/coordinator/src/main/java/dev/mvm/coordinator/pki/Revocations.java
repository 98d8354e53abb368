package dev.mvm.coordinator.pki;

import java.security.cert.X509Certificate;
import java.util.Set;

/// The list of revoked certificates, read again whenever it has changed on disk. Thread-safe.
public final class Revocations {
    private final FleetDirectory directory;
    private String stamp = "";
    private Set<String> serials = Set.of();

    public Revocations(FleetDirectory directory) {
        this.directory = directory;
    }

    /// Returns whether a certificate is revoked.
    ///
    /// @throws PkiException if the list cannot be read; the caller has to reject all clients then
    public synchronized boolean revoked(X509Certificate certificate) throws PkiException {
        var now = directory.revokedStamp();
        if (!now.equals(stamp)) {
            serials = directory.revoked();
            stamp = now;
        }
        return serials.contains(Certificates.serial(certificate));
    }
}
