package dev.mvm.coordinator.api;

import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.node.NodeView;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.v1.AskAgentRequest;
import dev.mvm.protocol.control.v1.AskAgentResponse;
import dev.mvm.protocol.control.v1.GetNodeRequest;
import dev.mvm.protocol.control.v1.ListNodesResponse;
import dev.mvm.protocol.control.v1.Node;
import dev.mvm.protocol.control.v1.Question;
import dev.mvm.protocol.control.v1.VerifyNetworksRequest;
import dev.mvm.protocol.control.v1.VerifyNetworksResponse;
import java.time.Duration;

/// Calls about nodes and their agents. Blocking.
final class NodeService {
    private final Nodes nodes;
    private final NodeDocumentService documents;
    private final Duration patience;

    /// @param patience time limit of a node's answer
    NodeService(Nodes nodes, NodeDocumentService documents, Duration patience) {
        this.nodes = nodes;
        this.documents = documents;
        this.patience = patience;
    }

    ListNodesResponse list() throws StoreException {
        var out = ListNodesResponse.newBuilder();
        for (var view : nodes.views()) {
            out.addNodes(message(view));
        }
        return out.build();
    }

    private Node message(NodeView view) throws StoreException {
        return documents.added(view.node(), view.message()).build();
    }

    Node get(GetNodeRequest request) throws ProblemException, StoreException {
        var name = RequestFields.parsed(request.getNode(), NodeId::new);
        return message(nodes.view(name).orElseThrow(() -> Nodes.unknown(name)));
    }

    VerifyNetworksResponse verifyNetworks(VerifyNetworksRequest request) throws ProblemException {
        var name = RequestFields.parsed(request.getNode(), NodeId::new);
        var link = nodes.linkOf(name);
        var findings = NodeCall.await(() -> nodes.findings(link.verifyNetworks(request.getDeep(), patience)));
        return VerifyNetworksResponse.newBuilder()
                .setNode(name.value())
                .addAllFindings(findings)
                .build();
    }

    AskAgentResponse askAgent(AskAgentRequest request) throws ProblemException {
        var name = RequestFields.parsed(request.getNode(), NodeId::new);
        var question = request.getQuestion();
        if (question == Question.QUESTION_UNSPECIFIED || question == Question.UNRECOGNIZED) {
            throw ProblemException.invalid("expected a question: DESIRED, PLAN or RECONCILE");
        }
        var link = nodes.linkOf(name);
        return NodeCall.await(() -> nodes.agentReply(name, link.askAgent(question, patience)));
    }
}
