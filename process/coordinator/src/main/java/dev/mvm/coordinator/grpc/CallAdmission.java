package dev.mvm.coordinator.grpc;

import dev.mvm.coordinator.authz.Admission;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.error.Refusals;
import dev.mvm.coordinator.metrics.RequestMetrics;
import dev.mvm.coordinator.pki.Certificates;
import dev.mvm.coordinator.pki.Peer;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Admits or refuses gRPC calls.
final class CallAdmission implements ServerInterceptor {
    private static final Logger LOG = LoggerFactory.getLogger(CallAdmission.class);

    private final Admission admission;
    private final Refusals refusals;
    private final RequestMetrics requests;

    CallAdmission(Admission admission, Refusals refusals, RequestMetrics requests) {
        this.admission = admission;
        this.refusals = refusals;
        this.requests = requests;
    }

    @Override
    public <I, O> ServerCall.Listener<I> interceptCall(
            ServerCall<I, O> call, Metadata headers, ServerCallHandler<I, O> next) {
        var method = call.getMethodDescriptor().getFullMethodName();
        requests.asked(RequestMetrics.Port.GRPC, method);
        try {
            var certificate =
                    certificate(Optional.ofNullable(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION)));
            var admitted = admission.admit(certificate, method);
            var caller = new Caller(Certificates.peer(certificate).orElseThrow(), admitted, certificate);
            return Contexts.interceptCall(caller.in(Context.current()), call, headers, next);
        } catch (ProblemException e) {
            LOG.info("{} refused: {}", method, e.getMessage());
            refusals.note(named(call), method, e);
            var status = e.status();
            call.close(
                    status.getStatus(),
                    Optional.ofNullable(status.getTrailers()).orElseGet(Metadata::new));
            return new ServerCall.Listener<>() {};
        } catch (RuntimeException e) {
            LOG.error("{} failed", method, e);
            requests.failed(method, "internal");
            call.close(Status.INTERNAL, new Metadata());
            return new ServerCall.Listener<>() {};
        }
    }

    /// Returns the name in the certificate, valid or not; empty if there is no name.
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
            throw Admission.unauthenticated("there is no client certificate");
        }
        throw Admission.unauthenticated("there is no client certificate");
    }

    /// Registers the present call as one that lasts.
    ///
    /// @param end ends the call if its certificate expires or is revoked
    /// @return to be run when the call has ended
    Runnable lasting(Caller caller, Consumer<ProblemException> end) {
        return admission.lasting(caller.certificate(), caller.admitted().permission(), end);
    }
}
