package dev.mvm.coordinator.service;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.error.Refusals;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.Certificates;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.coordinator.pki.Revocations;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides by a client's certificate, on either port, before anything of a call is read. TLS has checked that the
/// certificate is of the fleet's authority when the connection was made; here it is checked that it still counts, and
/// for this method.
///
/// Thread-safe.
public final class Admission {
    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

    private final Revocations revocations;
    private final RateLimit limit;
    private final Refusals refusals;
    private final InstantSource clock;
    private final Map<Long, Stay> stays = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();

    /// A call that lasts, and how to end it.
    private record Stay(X509Certificate certificate, Consumer<ProblemException> end) {}

    public Admission(Revocations revocations, RateLimit limit, Refusals refusals, InstantSource clock) {
        this.revocations = revocations;
        this.limit = limit;
        this.refusals = refusals;
        this.clock = clock;
    }

    /// Whom `certificate` lets call `method`.
    ///
    /// @param method full name, as `mvm.control.v1.Fleet/ListPools`
    public Peer admit(X509Certificate certificate, String method) throws ProblemException {
        check(certificate);
        var peer = Certificates.peer(certificate)
                .orElseThrow(() -> unauthenticated("the certificate names nobody of this fleet"));
        if (Access.roleFor(method).filter(peer.role()::equals).isEmpty()) {
            throw new ProblemException(
                    Fault.FORBIDDEN, "wrong_role", peer.role().word() + "s may not call " + method);
        }
        if (peer.role() == CertificateRole.OPERATOR) {
            limit.take(peer.toString());
        }
        return peer;
    }

    private void check(X509Certificate certificate) throws ProblemException {
        if (!Certificates.validAt(certificate, clock.instant())) {
            throw unauthenticated("the certificate has expired");
        }
        try {
            if (revocations.revoked(certificate)) {
                throw unauthenticated("the certificate is revoked");
            }
        } catch (PkiException e) {
            LOG.error("nobody is let in: {}", e.getMessage());
            throw new ProblemException(
                    Fault.UNAVAILABLE, "revocations_unreadable", "the coordinator lets nobody in now");
        }
    }

    /// That nobody is known to be calling, and why.
    public static ProblemException unauthenticated(String message) {
        return new ProblemException(Fault.UNAUTHENTICATED, "unauthenticated", message);
    }

    /// Notes that a call lasts.
    ///
    /// @param end ends it, if its certificate expires or is revoked meanwhile
    /// @return to be run when the call is over
    public Runnable lasting(X509Certificate certificate, Consumer<ProblemException> end) {
        long number = numbers.incrementAndGet();
        stays.put(number, new Stay(certificate, end));
        return () -> stays.remove(number);
    }

    /// Ends calls whose certificates do not count any more.
    public void sweep() {
        for (var stay : stays.values()) {
            try {
                check(stay.certificate());
            } catch (ProblemException e) {
                LOG.info("ending a call of {}: {}", Certificates.serial(stay.certificate()), e.getMessage());
                refusals.note(
                        Certificates.peer(stay.certificate())
                                .map(Peer::toString)
                                .orElse(""),
                        "lasting_call",
                        e);
                stay.end().accept(e);
            }
        }
    }
}
