package dev.mvm.coordinator.agentport;

import dev.mvm.coordinator.pki.Certificates;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.coordinator.pki.Revocations;
import dev.mvm.coordinator.pki.Role;
import dev.mvm.coordinator.problem.Fault;
import dev.mvm.coordinator.problem.ProblemException;
import dev.mvm.coordinator.problem.Refusals;
import dev.mvm.coordinator.service.Access;
import dev.mvm.coordinator.service.RateLimit;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides about every call before anything of it is read. TLS has checked that the certificate is of the fleet's
/// authority when the connection was made; here it is checked that it still counts, and for this method.
final class Admission implements ServerInterceptor {
    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

    private final Revocations revocations;
    private final RateLimit limit;
    private final Refusals refusals;
    private final InstantSource clock;
    private final Map<Long, Stay> stays = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();

    /// A call that lasts, and how to end it.
    private record Stay(X509Certificate certificate, Consumer<ProblemException> end) {}

    Admission(Revocations revocations, RateLimit limit, Refusals refusals, InstantSource clock) {
        this.revocations = revocations;
        this.limit = limit;
        this.refusals = refusals;
        this.clock = clock;
    }

    @Override
    public <I, O> ServerCall.Listener<I> interceptCall(
            ServerCall<I, O> call, Metadata headers, ServerCallHandler<I, O> next) {
        try {
            var caller = admitted(call);
            return Contexts.interceptCall(caller.in(Context.current()), call, headers, next);
        } catch (ProblemException e) {
            var method = call.getMethodDescriptor().getFullMethodName();
            LOG.info("{} refused: {}", method, e.getMessage());
            refusals.note(named(call), method, e);
            var status = e.status();
            call.close(
                    status.getStatus(),
                    Optional.ofNullable(status.getTrailers()).orElseGet(Metadata::new));
            return new ServerCall.Listener<>() {};
        } catch (RuntimeException e) {
            LOG.error("{} failed", call.getMethodDescriptor().getFullMethodName(), e);
            call.close(Status.INTERNAL, new Metadata());
            return new ServerCall.Listener<>() {};
        }
    }

    private Caller admitted(ServerCall<?, ?> call) throws ProblemException {
        var certificate = certificate(Optional.ofNullable(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION)));
        check(certificate);
        var peer = Certificates.peer(certificate)
                .orElseThrow(() -> unauthenticated("the certificate names nobody of this fleet"));
        var method = call.getMethodDescriptor().getFullMethodName();
        if (Access.roleFor(method).filter(peer.role()::equals).isEmpty()) {
            throw new ProblemException(
                    Fault.FORBIDDEN, "wrong_role", peer.role().word() + "s may not call " + method);
        }
        if (peer.role() == Role.OPERATOR) {
            limit.take(peer.toString());
        }
        return new Caller(peer, certificate);
    }

    /// Whom the certificate names, whether or not it counts.
    private static String named(ServerCall<?, ?> call) {
        try {
            var session = Optional.ofNullable(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
            return Certificates.peer(certificate(session)).map(Peer::toString).orElse("");
        } catch (ProblemException e) {
            return "";
        }
    }

    private static X509Certificate certificate(Optional<SSLSession> session) throws ProblemException {
        try {
            if (session.isPresent() && session.get().getPeerCertificates()[0] instanceof X509Certificate certificate) {
                return certificate;
            }
        } catch (SSLPeerUnverifiedException e) {
            throw unauthenticated("there is no client certificate");
        }
        throw unauthenticated("there is no client certificate");
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

    private static ProblemException unauthenticated(String message) {
        return new ProblemException(Fault.UNAUTHENTICATED, "unauthenticated", message);
    }

    /// Notes that the present call lasts.
    ///
    /// @param end ends it, if its certificate expires or is revoked meanwhile
    /// @return to be run when the call is over
    Runnable lasting(Caller caller, Consumer<ProblemException> end) {
        long number = numbers.incrementAndGet();
        stays.put(number, new Stay(caller.certificate(), end));
        return () -> stays.remove(number);
    }

    /// Ends calls whose certificates do not count any more.
    void sweep() {
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
