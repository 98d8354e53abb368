package dev.mvm.coordinator.api;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.NodeDocuments;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.SignedNode;
import dev.mvm.crypto.verify.KeyId;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.v1.ListNodeDocumentsRequest;
import dev.mvm.protocol.control.v1.ListNodeDocumentsResponse;
import dev.mvm.protocol.control.v1.Node;
import dev.mvm.protocol.control.v1.NodeDocument;
import dev.mvm.protocol.control.v1.PublishNodeRequest;
import dev.mvm.protocol.trust.authoring.BootId;
import dev.mvm.protocol.trust.authoring.NodeLabel;

/// Calls about node documents.
public final class NodeDocumentService {
    private final NodeDocuments documents;

    public NodeDocumentService(NodeDocuments documents) {
        this.documents = documents;
    }

    NodeDocument publish(PublishNodeRequest request) throws ProblemException, StoreException {
        return message(documents.publish(request.getEnvelope()), request.getEnvelope());
    }

    ListNodeDocumentsResponse list(ListNodeDocumentsRequest request) throws ProblemException, StoreException {
        var out = ListNodeDocumentsResponse.newBuilder();
        for (var published : documents.all(RequestFields.optional(request.getNode(), NodeId::new))) {
            published.document().ifPresent(document -> out.addDocuments(message(document, published.envelope())));
        }
        return out.build();
    }

    private static NodeDocument message(SignedNode document, ByteString envelope) {
        var traits = document.traits();
        return NodeDocument.newBuilder()
                .setNode(document.node().value())
                .setVersion(document.version())
                .setDigest(document.digest().value())
                .setIssuedAt(document.issuedAt().toString())
                .setExpires(document.expires().toString())
                .setNodeKey(key(document))
                .addAllLabels(traits.labels().stream().map(NodeLabel::value).toList())
                .setDomain(traits.domain().map(NodeLabel::value).orElse(""))
                .setVcpus(traits.largest().vcpus())
                .setMemMib(traits.largest().memMib())
                .setMaxTenants(traits.maxTenants())
                .setReboot(traits.reboot().word())
                .setEk(traits.ek().map(Digest::value).orElse(""))
                .addAllAdmitted(traits.admitted().stream().map(BootId::value).toList())
                .setEnvelope(envelope)
                .build();
    }

    private static String key(SignedNode document) {
        return document.identity().map(KeyId::value).orElse("");
    }

    /// Adds to `view` what the node's document says.
    public Node.Builder added(NodeId node, Node view) throws StoreException {
        var out = view.toBuilder();
        documents
                .document(node)
                .ifPresent(document -> out.setNodeKey(key(document))
                        .setDocumentVersion(document.version())
                        .setDocumentExpires(document.expires().toString()));
        return out;
    }
}
