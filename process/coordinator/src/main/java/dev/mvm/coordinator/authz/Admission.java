package dev.mvm.coordinator.authz;

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

/// Decides about calls by the client's certificate, on either port, before anything of a call is read. TLS has
/// checked that the fleet's authority has issued the certificate when the connection was made; this class checks that
/// it is still valid, and that its role may call the method.
///
/// Thread-safe.
public final class Admission {
    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

    private final Access access;
    private final Revocations revocations;
    private final RateLimit limit;
    private final Refusals refusals;
    private final InstantSource clock;
    private final Map<Long, OpenCall> open = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();

    /// A call that lasts, and the action that ends it.
    private record OpenCall(X509Certificate certificate, Consumer<ProblemException> end) {}

    public Admission(Access access, Revocations revocations, RateLimit limit, Refusals refusals, InstantSource clock) {
        this.access = access;
        this.revocations = revocations;
        this.limit = limit;
        this.refusals = refusals;
        this.clock = clock;
    }

    /// Admits a call, or refuses it.
    ///
    /// @param method full name, as `mvm.control.v1.Fleet/ListPools`
    /// @return the caller that the certificate names
    /// @throws ProblemException `unauthenticated`, `wrong_role`, `rate_limited` or `revocations_unreadable`
    public Peer admit(X509Certificate certificate, String method) throws ProblemException {
        check(certificate);
        var peer = Certificates.peer(certificate)
                .orElseThrow(() -> unauthenticated("the certificate names no member of this fleet"));
        requireRole(access, peer.role(), method);
        if (peer.role() == CertificateRole.OPERATOR) {
            limit.take(peer.toString());
        }
        return peer;
    }

    /// Requires that a caller with `role` may call a method.
    ///
    /// @throws ProblemException `wrong_role`
    public static void requireRole(Access access, CertificateRole role, String method) throws ProblemException {
        if (!access.allows(role, method)) {
            throw new ProblemException(Fault.FORBIDDEN, "wrong_role", role.word() + "s may not call " + method);
        }
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
            LOG.error("revocation list unreadable, rejecting all clients: {}", e.getMessage());
            throw new ProblemException(
                    Fault.UNAVAILABLE,
                    "revocations_unreadable",
                    "the coordinator cannot read its revocation list and rejects all clients");
        }
    }

    /// Returns the problem of a caller that is not authenticated.
    public static ProblemException unauthenticated(String message) {
        return new ProblemException(Fault.UNAUTHENTICATED, "unauthenticated", message);
    }

    /// Registers a call that lasts.
    ///
    /// @param end ends the call if its certificate expires or is revoked
    /// @return to be run when the call has ended
    public Runnable lasting(X509Certificate certificate, Consumer<ProblemException> end) {
        long number = numbers.incrementAndGet();
        open.put(number, new OpenCall(certificate, end));
        return () -> open.remove(number);
    }

    /// Ends calls whose certificates are no longer valid.
    public void sweep() {
        for (var call : open.values()) {
            try {
                check(call.certificate());
            } catch (ProblemException e) {
                LOG.info("ending a call of {}: {}", Certificates.serial(call.certificate()), e.getMessage());
                refusals.note(
                        Certificates.peer(call.certificate())
                                .map(Peer::toString)
                                .orElse(""),
                        "lasting_call",
                        e);
                call.end().accept(e);
            }
        }
    }
}
