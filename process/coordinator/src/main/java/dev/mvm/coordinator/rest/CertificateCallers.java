package dev.mvm.coordinator.rest;

import dev.mvm.coordinator.authz.Admission;
import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.pki.Certificates;
import dev.mvm.coordinator.pki.Peer;
import java.security.cert.X509Certificate;
import java.util.Optional;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;

/// Hardened mode: the caller is the one in the certificate of the connection, whatever the request contains.
final class CertificateCallers implements Callers {
    private final Admission admission;

    CertificateCallers(Admission admission) {
        this.admission = admission;
    }

    @Override
    public Admitted admit(Request request, String method) throws ProblemException {
        var certificate =
                certificate(request).orElseThrow(() -> Admission.unauthenticated("there is no client certificate"));
        return admission.admit(certificate, method);
    }

    @Override
    public String named(Request request) {
        return certificate(request)
                .flatMap(Certificates::peer)
                .map(Peer::toString)
                .orElse("");
    }

    @Override
    public Lasting lasting(Request request, Admitted caller) {
        var certificate = certificate(request).orElseThrow(); // the request was admitted with it
        return end -> admission.lasting(certificate, caller.permission(), end);
    }

    private static Optional<X509Certificate> certificate(Request request) {
        return request.getAttribute(EndPoint.SslSessionData.ATTRIBUTE) instanceof EndPoint.SslSessionData session
                        && session.peerCertificates() != null
                        && session.peerCertificates().length > 0
                ? Optional.of(session.peerCertificates()[0])
                : Optional.empty();
    }

    @Override
    public String challenge() {
        return "Certificate"; // RFC 9110 requires a challenge, and there is no registered one for certificates
    }
}
