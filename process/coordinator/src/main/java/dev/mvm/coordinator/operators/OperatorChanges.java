package dev.mvm.coordinator.operators;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.Retries;
import dev.mvm.coordinator.pki.CertificateRequests;
import dev.mvm.coordinator.pki.Certificates;
import dev.mvm.coordinator.pki.FleetDirectory;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.coordinator.store.StoreException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Changes of operators, and certificates for them. One change at a time, so that no certificate is issued to an
/// operator that is revoked meanwhile.
///
/// Thread-safe.
public final class OperatorChanges {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorChanges.class);

    private final Operators operators;
    private final FleetDirectory directory;
    private final InstantSource clock;

    public OperatorChanges(Operators operators, FleetDirectory directory, InstantSource clock) {
        this.operators = operators;
        this.directory = directory;
        this.clock = clock;
    }

    /// An operator to be added.
    ///
    /// @param request certificate request (PKCS #10) for the operator's own key
    public record Addition(Peer peer, Permission permission, int days, ByteString request) {}

    /// Certificates for an operator.
    ///
    /// @param chain its own, and that of the authority
    /// @param authorities every authority that the fleet trusts
    public record Issued(Peer peer, List<X509Certificate> chain, List<X509Certificate> authorities) {
        public Issued {
            chain = List.copyOf(chain);
            authorities = List.copyOf(authorities);
        }
    }

    /// Adds an operator.
    ///
    /// @param by name of the caller
    /// @return its certificates
    /// @throws ProblemException `certificate_refused`, `name_used`, or `operator_exists` while it has a valid
    ///     certificate
    public synchronized Issued add(Addition wanted, String by) throws ProblemException, StoreException {
        var key = key(wanted.request());
        var name = wanted.peer().name();
        var expiries = expiries();
        var _ = Retries.<OperatorRecord, StoreException>untilDone(() -> {
            var all = operators.read();
            var known = all.of(name);
            if (known.isPresent()) {
                requireReplaceable(known.get(), expiries);
            }
            return all.write(new OperatorRecord(name, wanted.permission(), wanted.days(), clock.instant(), by, false));
        });
        try {
            var life = Duration.ofDays(wanted.days());
            return issued(wanted.peer(), directory.enrol(wanted.peer(), key, life, clock.instant()));
        } catch (PkiException e) {
            throw failed(e);
        }
    }

    private void requireReplaceable(OperatorRecord known, Map<String, Instant> expiries) throws ProblemException {
        if (known.revoked()) {
            throw new ProblemException(
                    Fault.EXISTS, "name_used", "operator " + known.name() + " was revoked; a name is never used again");
        }
        if (valid(expiries, known.name())) {
            throw new ProblemException(
                    Fault.EXISTS,
                    "operator_exists",
                    "operator " + known.name() + " has a valid certificate: change its role, or revoke it");
        }
    }

    private boolean valid(Map<String, Instant> expiries, String name) {
        return expiries.getOrDefault(name, Instant.MIN).isAfter(clock.instant());
    }

    /// Gives an operator another permission.
    ///
    /// @param by name of the caller
    /// @throws ProblemException `unknown_operator`, `operator_revoked` or `last_admin`
    public synchronized OperatorRecord change(Peer peer, Permission permission, String by)
            throws ProblemException, StoreException {
        return changed(peer, known -> {
            if (known.revoked()) {
                throw new ProblemException(
                        Fault.CONFLICT, "operator_revoked", "operator " + known.name() + " was revoked");
            }
            return new OperatorRecord(known.name(), permission, known.days(), clock.instant(), by, false);
        });
    }

    /// Revokes an operator and its certificates, for good. No-op for one that is revoked, but for certificates that a
    /// failure has left.
    ///
    /// @param by name of the caller
    /// @throws ProblemException `unknown_operator` or `last_admin`
    public synchronized OperatorRecord revoke(Peer peer, String by) throws ProblemException, StoreException {
        var revoked = changed(
                peer,
                known -> known.revoked()
                        ? known
                        : new OperatorRecord(
                                known.name(), known.permission(), known.days(), clock.instant(), by, true));
        try {
            var _ = directory.revoke(peer, clock.instant());
        } catch (PkiException e) {
            throw failed(e);
        }
        return revoked;
    }

    /// Makes the next record of an operator.
    @FunctionalInterface
    private interface Change {
        OperatorRecord of(OperatorRecord known) throws ProblemException;
    }

    private OperatorRecord changed(Peer peer, Change change) throws ProblemException, StoreException {
        var expiries = expiries();
        return Retries.<OperatorRecord, StoreException>untilDone(() -> {
            var all = operators.read();
            var known = all.of(peer.name())
                    .orElseThrow(() -> new ProblemException(
                            Fault.MISSING, "unknown_operator", "there is no operator " + peer.name()));
            var next = change.of(known);
            if (known.actsAsAdmin() && !next.actsAsAdmin()) {
                requireAnother(all.records(), known, expiries);
            }
            return all.write(next);
        });
    }

    /// Requires that the fleet has another admin for all tenants, with a certificate.
    private void requireAnother(List<OperatorRecord> all, OperatorRecord known, Map<String, Instant> expiries)
            throws ProblemException {
        boolean another = all.stream()
                .anyMatch(each ->
                        each.actsAsAdmin() && !each.name().equals(known.name()) && valid(expiries, each.name()));
        if (!another) {
            throw new ProblemException(
                    Fault.CONFLICT,
                    "last_admin",
                    known.name() + " is the last admin for all tenants with a valid certificate: add another first");
        }
    }

    /// Issues a new certificate to an operator.
    ///
    /// @param present with which it has called
    /// @param request certificate request (PKCS #10)
    /// @throws ProblemException `certificate_refused` or `no_role`
    public synchronized Issued renew(X509Certificate present, ByteString request)
            throws ProblemException, StoreException {
        var peer = Certificates.peer(present).orElseThrow(); // the call was admitted with it
        var key = key(request);
        var _ = operators.permission(peer.name());
        var days = operators.read().of(peer.name()).map(OperatorRecord::days).orElse(Operators.DEFAULT_DAYS);
        try {
            return issued(peer, directory.renew(present, key, Duration.ofDays(days), clock.instant()));
        } catch (PkiException e) {
            throw refused(e);
        }
    }

    /// Returns an operator's record.
    ///
    /// @throws ProblemException `unknown_operator`
    public OperatorRecord record(Peer peer) throws ProblemException, StoreException {
        return operators
                .read()
                .of(peer.name())
                .orElseThrow(() ->
                        new ProblemException(Fault.MISSING, "unknown_operator", "there is no operator " + peer.name()));
    }

    /// Returns all operators, revoked ones among them.
    public List<OperatorRecord> records() throws ProblemException, StoreException {
        return operators.read().records();
    }

    /// Returns when the last certificate of each operator ends, by name.
    public Map<String, Instant> expiries() throws ProblemException {
        try {
            return directory.operators().expiries();
        } catch (PkiException e) {
            throw failed(e);
        }
    }

    private static PublicKey key(ByteString request) throws ProblemException {
        try {
            return CertificateRequests.key(request.toByteArray());
        } catch (PkiException e) {
            throw refused(e);
        }
    }

    private static Issued issued(Peer peer, FleetDirectory.Issued issued) {
        return new Issued(peer, issued.chain(), issued.authorities());
    }

    private static ProblemException refused(PkiException e) {
        return new ProblemException(Fault.INVALID, "certificate_refused", String.valueOf(e.getMessage()));
    }

    private static ProblemException failed(PkiException e) {
        LOG.error("operators' certificates: {}", e.getMessage());
        return ProblemException.internal();
    }
}
