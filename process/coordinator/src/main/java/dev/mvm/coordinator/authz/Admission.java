package dev.mvm.coordinator.authz;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.error.Refusals;
import dev.mvm.coordinator.operators.Operators;
import dev.mvm.coordinator.operators.Permission;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.Certificates;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.coordinator.pki.Revocations;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides about calls by the client's certificate, on either port, before anything of a call is read. TLS has
/// checked that the fleet's authority has issued the certificate when the connection was made; this class checks that
/// it is still valid, and that its role may call the method: for an operator the one in the coordinator's store.
///
/// Thread-safe.
public final class Admission {
    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

    private final Access access;
    private final Revocations revocations;
    private final Operators operators;
    private final RateLimit limit;
    private final Refusals refusals;
    private final InstantSource clock;
    private final Map<Long, OpenCall> open = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();

    /// A call that lasts, and the action that ends it.
    private record OpenCall(
            X509Certificate certificate, Optional<Permission> permission, Consumer<ProblemException> end) {}

    public Admission(
            Access access,
            Revocations revocations,
            Operators operators,
            RateLimit limit,
            Refusals refusals,
            InstantSource clock) {
        this.access = access;
        this.revocations = revocations;
        this.operators = operators;
        this.limit = limit;
        this.refusals = refusals;
        this.clock = clock;
    }

    /// Admits a call, or refuses it.
    ///
    /// @param method full name, as `mvm.control.v1.Fleet/ListPools`
    /// @return the caller that the certificate names
    /// @throws ProblemException `unauthenticated`, `no_role`, `wrong_role`, `rate_limited`, or one for which a
    ///     list or the store cannot be read
    public Admitted admit(X509Certificate certificate, String method) throws ProblemException {
        check(certificate);
        var peer = peer(certificate);
        requireRole(access, peer.role(), method);
        if (peer.role() != CertificateRole.OPERATOR) {
            return new Admitted(peer.toString(), Optional.empty(), Optional.of(certificate));
        }
        limit.take(peer.toString());
        var permission = operators.permission(peer.name());
        if (!access.allows(permission.role(), method)) {
            throw new ProblemException(
                    Fault.FORBIDDEN,
                    "wrong_role",
                    "operators of role " + permission.role().word() + " may not call " + method);
        }
        return new Admitted(peer.toString(), Optional.of(permission), Optional.of(certificate));
    }

    private static Peer peer(X509Certificate certificate) throws ProblemException {
        return Certificates.peer(certificate)
                .orElseThrow(() -> unauthenticated("the certificate names no member of this fleet"));
    }

    /// Requires that callers whose certificate has `role` may call a method.
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
            if (!revocations.trusted(certificate)) {
                throw unauthenticated("the certificate is of an authority that the fleet no longer trusts");
            }
        } catch (PkiException e) {
            LOG.error("revocation list unreadable, rejecting all clients: {}", e.getMessage());
            throw new ProblemException(
                    Fault.UNAVAILABLE,
                    "revocations_unreadable",
                    "the coordinator cannot read its revocation list and rejects all clients");
        }
    }

    private void checkPermission(OpenCall call) throws ProblemException {
        if (call.permission().isPresent()
                && !call.permission()
                        .get()
                        .equals(operators.permission(peer(call.certificate()).name()))) {
            throw new ProblemException(
                    Fault.FORBIDDEN, "wrong_role", "the role or the tenants of this operator have changed; call again");
        }
    }

    /// Returns the problem of a caller that is not authenticated.
    public static ProblemException unauthenticated(String message) {
        return new ProblemException(Fault.UNAUTHENTICATED, "unauthenticated", message);
    }

    /// Registers a call that lasts.
    ///
    /// @param permission with which the call was admitted; empty for a node
    /// @param end ends the call if its certificate expires or is revoked, or the permission changes
    /// @return to be run when the call has ended
    public Runnable lasting(
            X509Certificate certificate, Optional<Permission> permission, Consumer<ProblemException> end) {
        long number = numbers.incrementAndGet();
        open.put(number, new OpenCall(certificate, permission, end));
        return () -> open.remove(number);
    }

    /// Ends calls whose certificates are no longer valid, or whose callers have another permission by now.
    public void sweep() {
        for (var call : open.values()) {
            try {
                check(call.certificate());
                checkPermission(call);
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
