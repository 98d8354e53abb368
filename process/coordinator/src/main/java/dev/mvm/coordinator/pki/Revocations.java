package dev.mvm.coordinator.pki;

import java.security.cert.X509Certificate;
import java.util.Set;

/// Which certificates no longer count, read again whenever the list on disk has changed.
public final class Revocations {
    private final FleetDirectory directory;
    private String stamp = "";
    private Set<String> serials = Set.of();

    public Revocations(FleetDirectory directory) {
        this.directory = directory;
    }

    /// Whether a certificate is revoked.
    ///
    /// @throws PkiException if the list cannot be read: then nobody is to be let in
    public synchronized boolean revoked(X509Certificate certificate) throws PkiException {
        var now = directory.revokedStamp();
        if (!now.equals(stamp)) {
            serials = directory.revoked();
            stamp = now;
        }
        return serials.contains(Certificates.serial(certificate));
    }
}
