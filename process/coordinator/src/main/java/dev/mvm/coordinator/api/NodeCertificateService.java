package dev.mvm.coordinator.api;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.NodeCertificates;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.v1.EnrolmentToken;
import dev.mvm.protocol.control.v1.ListNodeCertificatesResponse;
import dev.mvm.protocol.control.v1.MakeEnrolmentTokenRequest;
import dev.mvm.protocol.control.v1.NodeCertificate;
import dev.mvm.protocol.control.v1.RevokeNodeCertificatesRequest;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Calls about certificates of nodes.
final class NodeCertificateService {
    private static final Logger LOG = LoggerFactory.getLogger(NodeCertificateService.class);

    private final NodeCertificates certificates;

    NodeCertificateService(NodeCertificates certificates) {
        this.certificates = certificates;
    }

    ListNodeCertificatesResponse list() throws ProblemException {
        try {
            var out = ListNodeCertificatesResponse.newBuilder();
            certificates.all().forEach(each -> out.addCertificates(message(each)));
            return out.build();
        } catch (PkiException e) {
            throw failed(e);
        }
    }

    EnrolmentToken makeToken(MakeEnrolmentTokenRequest request) throws ProblemException {
        var node = RequestFields.parsed(request.getNode(), NodeId::new);
        if (!certificates.enrols()) {
            throw new ProblemException(
                    Fault.CONFLICT,
                    "no_enrolment",
                    "this coordinator has no port at which a token is taken: set enrolment-listen in its configuration");
        }
        try {
            var made = certificates.token(new Peer(CertificateRole.NODE, node.value()));
            return EnrolmentToken.newBuilder()
                    .setNode(node.value())
                    .setToken(made.token())
                    .setExpires(made.expires().toString())
                    .build();
        } catch (PkiException e) {
            throw failed(e);
        }
    }

    NodeCertificate revoke(RevokeNodeCertificatesRequest request) throws ProblemException {
        var node = RequestFields.parsed(request.getNode(), NodeId::new);
        try {
            var revoked = certificates.revoke(new Peer(CertificateRole.NODE, node.value()));
            return message(revoked.orElseThrow(() -> Nodes.unknown(node)));
        } catch (PkiException e) {
            throw failed(e);
        }
    }

    private static NodeCertificate message(NodeCertificates.Listed listed) {
        return NodeCertificate.newBuilder()
                .setNode(listed.node())
                .setExpires(listed.expires().map(Instant::toString).orElse(""))
                .setState(listed.state().word())
                .build();
    }

    private static ProblemException failed(PkiException e) {
        LOG.error("certificates of nodes: {}", e.getMessage());
        return ProblemException.internal();
    }
}
