package dev.mvm.coordinator.node;

import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.v1.Instance;
import dev.mvm.protocol.control.v1.Node;
import java.util.List;

/// What is known of a node.
///
/// @param connected whether it has a connection now
/// @param about what it said about itself, cleaned
/// @param instances what it said it has, cleaned
/// @param sent sequence number of the last state sent to it, 0 for none
/// @param stateExpires when that state expires, RFC 3339, empty for none
/// @param installed sequence number of the state that it has in force, 0 for none
/// @param refused why it refused the last state that it refused, empty for none since
public record NodeView(
        NodeId node,
        boolean connected,
        Node about,
        List<Instance> instances,
        long sent,
        String stateExpires,
        long installed,
        String refused) {
    public NodeView {
        instances = List.copyOf(instances);
    }

    static NodeView unknown(NodeId node) {
        return new NodeView(node, false, Node.getDefaultInstance(), List.of(), 0, "", 0, "");
    }

    NodeView connected(boolean now) {
        return new NodeView(node, now, about, instances, sent, stateExpires, installed, refused);
    }

    NodeView about(Node next) {
        return new NodeView(node, connected, next, instances, sent, stateExpires, next.getSequenceInstalled(), refused);
    }

    NodeView instances(List<Instance> next) {
        return new NodeView(node, connected, about, next, sent, stateExpires, installed, refused);
    }

    NodeView sent(long sequence, String expires) {
        return new NodeView(node, connected, about, instances, sequence, expires, installed, refused);
    }

    NodeView installed(long sequence) {
        return new NodeView(node, connected, about, instances, sent, stateExpires, sequence, "");
    }

    NodeView refused(String reason) {
        return new NodeView(node, connected, about, instances, sent, stateExpires, installed, reason);
    }

    /// For those who ask.
    public Node message() {
        return about.toBuilder()
                .setNode(node.value())
                .setLink(connected ? "connected" : "lost")
                .setSequenceSent(sent)
                .setSequenceInstalled(installed)
                .setStateExpires(stateExpires)
                .setStateRefused(refused)
                .setInstances(instances.size())
                .build();
    }
}
