package dev.mvm.coordinator.grpc;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.authz.RateLimit;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.metrics.RequestMetrics;
import dev.mvm.coordinator.pki.CertificateRequests;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.coordinator.pki.TokenRefusedException;
import dev.mvm.protocol.control.v1.EnrolRequest;
import dev.mvm.protocol.control.v1.EnrolResponse;
import dev.mvm.protocol.control.v1.NodeEnrolmentGrpc;
import io.grpc.stub.StreamObserver;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// First certificates for machines that have a token. The name is the token's and the key is the request's; nothing
/// else of what the caller says counts.
final class EnrolmentEndpoint implements NodeEnrolmentGrpc.AsyncService {
    private static final Logger LOG = LoggerFactory.getLogger(EnrolmentEndpoint.class);
    private static final String METHOD = NodeEnrolmentGrpc.getEnrolMethod().getFullMethodName();
    private static final String ACTION = "Enrol";
    private static final String DONE = "done";

    private final EnrolmentPort.Behind behind;
    private final RateLimit limit;

    /// @param limit of all callers together, who have no names
    EnrolmentEndpoint(EnrolmentPort.Behind behind, RateLimit limit) {
        this.behind = behind;
        this.limit = limit;
    }

    @Override
    public void enrol(EnrolRequest request, StreamObserver<EnrolResponse> answer) {
        behind.requests().asked(RequestMetrics.Port.GRPC, METHOD);
        try {
            limit.take("");
        } catch (ProblemException e) {
            behind.requests().failed(METHOD, e.countedReason()); // not recorded: strangers would fill the audit
            answer.onError(e.status());
            return;
        }
        try {
            answer.onNext(issue(request));
            answer.onCompleted();
        } catch (ProblemException e) {
            behind.refusals().note("", METHOD, e);
            answer.onError(e.status());
        }
    }

    private EnrolResponse issue(EnrolRequest request) throws ProblemException {
        var node = node(request);
        try {
            behind.tokens().require(node, request.getToken()); // before anything that a stranger sent is parsed
            var key = key(request); // before the token is used: an invalid request uses up none
            var issued = behind.tokens()
                    .enrol(
                            node,
                            request.getToken(),
                            key,
                            behind.life(),
                            behind.clock().instant());
            behind.tls().rotate(); // the issuer may be newer than the last look at the authorities
            var out = EnrolResponse.newBuilder();
            for (var certificate : issued.chain()) {
                out.addChain(ByteString.copyFrom(certificate.getEncoded()));
            }
            for (var authority : issued.authorities()) {
                out.addAuthorities(ByteString.copyFrom(authority.getEncoded()));
            }
            behind.audit().noted(ACTION, node.toString(), DONE, node.toString());
            LOG.info("{} has a certificate by a token", node);
            return out.build();
        } catch (TokenRefusedException e) {
            LOG.warn("an enrolment was refused: {}", e.getMessage());
            throw new ProblemException(Fault.UNAUTHENTICATED, "token_refused", String.valueOf(e.getMessage()));
        } catch (PkiException e) {
            LOG.error("no enrolment: {}", e.getMessage());
            throw new ProblemException(
                    Fault.INTERNAL, "internal", "the coordinator cannot enrol nodes; its log says why");
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate has an encoding", e);
        }
    }

    private static Peer node(EnrolRequest request) throws ProblemException {
        try {
            return new Peer(CertificateRole.NODE, request.getNode());
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid(String.valueOf(e.getMessage()));
        }
    }

    private static PublicKey key(EnrolRequest request) throws ProblemException {
        try {
            return CertificateRequests.key(request.getRequest().toByteArray());
        } catch (PkiException e) {
            throw new ProblemException(Fault.INVALID, "certificate_refused", String.valueOf(e.getMessage()));
        }
    }
}
