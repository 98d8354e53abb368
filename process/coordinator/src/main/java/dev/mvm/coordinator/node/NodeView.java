package dev.mvm.coordinator.node;

import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.v1.Instance;
import dev.mvm.protocol.control.v1.Node;
import java.util.List;

/// The coordinator's knowledge of a node.
///
/// @param connected whether the node has a connection now
/// @param about the node's description of itself, sanitized
/// @param instances the node's report of its instances, sanitized
/// @param sent sequence number of the last state sent to the node, 0 if there is none
/// @param stateExpires expiry of that state, RFC 3339, empty if there is none
/// @param installed sequence number of the state in force on the node, 0 if there is none
/// @param refused reason code of the last refusal of a state, empty if a state was accepted since
/// @param keys what it has got of the key service
public record NodeView(
        NodeId node,
        boolean connected,
        Node about,
        List<Instance> instances,
        long sent,
        String stateExpires,
        long installed,
        String refused,
        NodeKeysView keys) {
    public NodeView {
        instances = List.copyOf(instances);
    }

    static NodeView unknown(NodeId node) {
        return new NodeView(node, false, Node.getDefaultInstance(), List.of(), 0, "", 0, "", NodeKeysView.NONE);
    }

    NodeView connected(boolean now) {
        return new NodeView(node, now, about, instances, sent, stateExpires, installed, refused, keys);
    }

    NodeView about(Node next) {
        return new NodeView(
                node, connected, next, instances, sent, stateExpires, next.getSequenceInstalled(), refused, keys);
    }

    NodeView instances(List<Instance> next) {
        return new NodeView(node, connected, about, next, sent, stateExpires, installed, refused, keys);
    }

    NodeView sent(long sequence, String expires) {
        return new NodeView(node, connected, about, instances, sequence, expires, installed, refused, keys);
    }

    NodeView installed(long sequence) {
        return new NodeView(node, connected, about, instances, sent, stateExpires, sequence, "", keys);
    }

    NodeView refused(String reason) {
        return new NodeView(node, connected, about, instances, sent, stateExpires, installed, reason, keys);
    }

    NodeView keys(NodeKeysView next) {
        return new NodeView(node, connected, about, instances, sent, stateExpires, installed, refused, next);
    }

    /// Returns the node as operators see it.
    public Node message() {
        return about.toBuilder()
                .setNode(node.value())
                .setLink(connected ? "connected" : "lost")
                .setSequenceSent(sent)
                .setSequenceInstalled(installed)
                .setStateExpires(stateExpires)
                .setStateRefused(refused)
                .setInstances(instances.size())
                .setKeyPeriod(keys.period())
                .setKeysExpire(keys.expires())
                .setKeysFault(keys.fault())
                .putAllKeysRefused(keys.refused())
                .build();
    }
}
